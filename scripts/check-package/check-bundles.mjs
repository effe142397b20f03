import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { check } from '../check.mjs';
import { bundlers, bundleWithEsbuild } from './bundlers.mjs';
import { ANGULAR, checkAngularBundles } from './check-angular-bundles.mjs';
import { checkConditions } from './check-conditions.mjs';
import { filesOf, isOperator, OPERATORS } from './files-of.mjs';

/** The entries to bundle: the file and the code of each. */
const ENTRIES = {
  'everything.mjs': ['rx-sse', 'rx-sse/angular', 'rx-sse/diagram', 'rx-sse/parser', 'rx-sse/tabs']
    .map(entry => `export * from '${entry}';`)
    .join('\n'),
  'angular-and-core.mjs': "export * from 'rx-sse/angular'; export * from 'rx-sse';",
  ...Object.fromEntries(Object.keys(ANGULAR).map(name => [`${name}.mjs`, `export { ${name} } from 'rx-sse/angular';`])),
  'events.mjs': "export { fromEventSource } from 'rx-sse';",
  'parser.mjs': "export { parseEventStream } from 'rx-sse';",
  'required.cjs': "exports.fromEventSource = require('rx-sse').fromEventSource;",
  'operators.mjs': `export { ${Object.values(OPERATORS).join(', ')}, fromEventSource } from 'rx-sse';`,
  'parser-door.mjs': "export * from 'rx-sse/parser';",
  'diagram.mjs': "export { lifecycleDiagram } from 'rx-sse/diagram';",
  'testing.mjs': "export { fakeEventSource } from 'rx-sse/testing';",
};

/** The sizes to print: the name, the entry, and options of esbuild. */
const SIZES = [
  ['fromEventSource', 'events.mjs', {}],
  ['parseEventStream', 'parser.mjs', {}],
  ['fromEventSource with RxJS', 'events.mjs', { external: [] }],
];

/** Bundles the package in `folder`, which has the bundlers, with each of them. */
export async function checkBundles(folder) {
  for (const [file, code] of Object.entries(ENTRIES)) await writeFile(join(folder, file), code);
  const { forProduction, forDevelopment } = bundlers(folder);
  await checkConditions(forProduction, forDevelopment);
  for (const [name, bundle] of Object.entries(forProduction)) {
    await checkCoreBundles(name, bundle);
    await checkEntryPointBundles(name, bundle);
    await checkAngularBundles(name, bundle);
  }
  for (const [name, entry, options] of SIZES) {
    await check(`size of ${name}, minified and gzipped`, async () => {
      const { code } = await bundleWithEsbuild(folder, entry, { platform: 'browser', ...options });
      return `${gzipSync(code, { level: 9 }).length} bytes (${Buffer.byteLength(code)} minified)`;
    });
  }
}

/** A bundle has only the parts of rx-sse that its imports need. */
async function checkCoreBundles(name, bundle) {
  for (const [entry, how] of Object.entries({ 'events.mjs': 'import', 'required.cjs': 'require' })) {
    await check(`${name}, ${how}: no warnings, no cross-fetch, no test kit, no Angular`, async () => {
      const { modules, warnings } = await bundle(entry);
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        modules.filter(path => /cross-fetch|node-fetch|fallback-fetch\.node/.test(path)),
        [],
      );
      assert.ok(filesOf(modules, 'life').includes('run-life'));
      assert.deepEqual(filesOf(modules, 'testing'), []);
      assert.deepEqual(filesOf(modules, 'angular'), []);
      return `${modules.length} modules`;
    });
  }
  await check(`${name}: fromEventSource brings none of the operators behind it`, async () => {
    const { modules } = await bundle('events.mjs');
    assert.deepEqual(filesOf(modules, 'operators').filter(isOperator), []);
    // Makes sure that the check finds them if they are imported.
    const { modules: all } = await bundle('operators.mjs');
    assert.deepEqual(filesOf(all, 'operators').filter(isOperator), Object.keys(OPERATORS));
  });
  await check(`${name}: the parser alone brings no connection and no life`, async () => {
    const { modules, warnings } = await bundle('parser.mjs');
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      modules.filter(path => /rx-sse.*\/(connection|life|position|operators|testing)\/|from-event-source/.test(path)),
      [],
    );
    assert.ok(modules.some(path => path.endsWith('rx-sse/dist/esm/parsing/line-reader.js')));
    return `${modules.length} modules`;
  });
}

/** A bundle of an entry point has nothing of the others. */
async function checkEntryPointBundles(name, bundle) {
  await check(`${name}: the test kit brings nothing else`, async () => {
    const { modules, warnings } = await bundle('testing.mjs');
    assert.deepEqual(warnings, []);
    assert.ok(filesOf(modules, 'testing').includes('fake-event-source'));
    assert.deepEqual(
      modules.filter(path => /rx-sse\/dist\/(?!esm\/testing\/)/.test(path)),
      [],
    );
    return `${modules.length} modules`;
  });
  await check(`${name}: rx-sse/diagram brings no stream, and no RxJS`, async () => {
    const { modules, warnings } = await bundle('diagram.mjs');
    assert.deepEqual(warnings, []);
    assert.ok(filesOf(modules, 'diagram').includes('lifecycle-diagram'));
    assert.deepEqual(
      modules.filter(path => /rxjs|rx-sse\/dist\/esm\/(?!diagram\/|kind\.|check\.)/.test(path)),
      [],
    );
    return `${modules.length} modules`;
  });
  await check(`${name}: rx-sse/parser brings no RxJS, and the parser for its platform`, async () => {
    const { modules, warnings } = await bundle('parser-door.mjs');
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      filesOf(modules, 'parsing').filter(file => file.startsWith('event-stream-parser')),
      ['event-stream-parser', ...(name.endsWith('Node') ? ['event-stream-parser.node'] : [])],
    );
    assert.deepEqual(
      modules.filter(path => /rxjs|rx-sse.*\/(connection|life|position|operators|testing)\//.test(path)),
      [],
    );
    return `${modules.length} modules`;
  });
}
