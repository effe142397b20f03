// The samples use all names that an entry point exports, with the types that users see.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { check } from '../check.mjs';
import { consumers } from './create-project.mjs';

/** The samples of each entry point, and its types in the package. */
export const SAMPLES = [
  { sample: 'public-face', source: '../../src/index.js', entry: 'rx-sse', types: 'index.d.ts' },
  { sample: 'operators-face', source: '../../src/index.js', entry: 'rx-sse', types: 'index.d.ts' },
  { sample: 'parser-face', source: '../../src/parser/index.js', entry: 'rx-sse/parser', types: 'parser/index.d.ts' },
  { sample: 'tabs-face', source: '../../src/tabs/index.js', entry: 'rx-sse/tabs', types: 'tabs/index.d.ts' },
  {
    sample: 'testing-face',
    source: '../../src/testing/index.js',
    entry: 'rx-sse/testing',
    types: 'testing/index.d.ts',
  },
];
export const ANGULAR_SAMPLE = {
  sample: 'angular-face',
  source: '../../src/angular/index.js',
  entry: 'rx-sse/angular',
  types: 'angular/index.d.ts',
};

/** It draws, so that its types are those of a page. */
const DIAGRAM_SAMPLE = {
  sample: 'diagram-face',
  source: '../../src/diagram/index.js',
  entry: 'rx-sse/diagram',
  types: 'diagram/index.d.ts',
};
export const PAGE_SAMPLES = [...SAMPLES, DIAGRAM_SAMPLE];

/** Otherwise names that are missing in the samples wouldn't be checked. */
export async function checkSamples(folder) {
  const all = [...PAGE_SAMPLES, ANGULAR_SAMPLE];
  for (const entry of new Set(all.map(sample => sample.entry))) {
    const samples = all.filter(sample => sample.entry === entry);
    await check(`types, the samples use every name that ${entry} exports`, async () => {
      const codes = await Promise.all(samples.map(({ sample }) => readFile(join(consumers, `${sample}.ts`), 'utf8')));
      const index = join(folder, 'node_modules/rx-sse/dist/esm', samples[0].types);
      const program = ts.createProgram([index], {});
      const checker = program.getTypeChecker();
      const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)));
      const names = exported.map(({ name }) => name);
      assert.ok(names.length > 0);
      // The import counts once in each sample.
      const isUsed = name => codes.some(code => code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length > 1);
      assert.deepEqual(
        names.filter(name => !isUsed(name)),
        [],
      );
      return `${names.length} names`;
    });
  }
}
