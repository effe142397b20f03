import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { check, run } from '../check.mjs';
import { ANGULAR_SAMPLE, PAGE_SAMPLES, SAMPLES } from './check-samples.mjs';
import { angularVersionOf, consumers } from './create-project.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const BROWSER = { lib: ['ES2022', 'DOM'], types: [] };
const NODE = { lib: ['ES2022'], types: ['node'] };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const NODENEXT = { module: 'nodenext' };
const NODE10 = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };

/** Compiles samples in `folder`. The extension selects the module system. */
async function checkTypes(name, folder, extension, options, samples = PAGE_SAMPLES) {
  await check(`types, ${name}`, async () => {
    const files = samples.map(({ sample }) => `${sample}-sample.${extension}`);
    for (const [index, { sample }] of samples.entries()) {
      let code = await readFile(join(consumers, `${sample}.ts`), 'utf8');
      for (const { source, entry } of [...SAMPLES, ...samples]) code = code.replace(`'${source}'`, `'${entry}'`);
      await writeFile(join(folder, files[index]), code);
    }
    const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const compilerOptions = { target: 'ES2022', noEmit: true, skipLibCheck: false, ...strict, ...options };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    await run(folder, process.execPath, tsc);
  });
}

/**
 * Compiles the sample of the Angular entry point with each module resolution that finds Angular's own types (not
 * node10).
 */
export async function checkAngularTypes(folder) {
  const version = await angularVersionOf(folder);
  for (const [name, extension, options] of [
    ['bundler', 'ts', BUNDLER],
    ['nodenext, ES module', 'mts', NODENEXT],
  ]) {
    await checkTypes(`Angular ${version}, ${name}`, folder, extension, { ...BROWSER, ...options }, [ANGULAR_SAMPLE]);
  }
}

/** Compiles the samples with each module resolution: in a project with the newest RxJS, and one with the lowest. */
export async function checkTypesOfProjects(newest, lowest, lowestRxjs) {
  await checkTypes('bundler', newest, 'ts', { ...BROWSER, ...BUNDLER });
  await checkTypes('nodenext, ES module', newest, 'mts', { ...BROWSER, ...NODENEXT });
  await checkTypes('nodenext, CommonJS', newest, 'cts', { ...BROWSER, ...NODENEXT });
  await checkTypes('nodenext, ES module, Node without DOM', newest, 'mts', { ...NODE, ...NODENEXT }, SAMPLES);
  await checkTypes('node10', newest, 'ts', { ...BROWSER, ...NODE10 });
  // Before 7.5.5, the exports of RxJS have no types: only node10 finds them.
  await checkTypes(`node10, rxjs ${lowestRxjs}`, lowest, 'ts', { ...BROWSER, ...NODE10 });
}
