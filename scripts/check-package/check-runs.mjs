import assert from 'node:assert/strict';
import { check, run } from '../check.mjs';
import { angularVersionOf } from './create-project.mjs';

/** Runs the package in `folder` with each module system, with and without a global `fetch`. */
export async function checkRuns(folder, rxjs) {
  const names = [];
  for (const [how, file] of Object.entries({ import: 'consumer.mjs', require: 'consumer.cjs' })) {
    await check(`${how}, rxjs ${rxjs}: touches no global, streams, resumes, leaves cross-fetch unloaded`, async () => {
      const seen = JSON.parse(await run(folder, process.execPath, file));
      names.push(seen.names);
      assert.deepEqual(seen.touched, [], `Touched when it was loaded: ${seen.touched.join(', ')}`);
      assert.equal(seen.crossFetch, false, 'cross-fetch was loaded');
    });
    await check(`${how}, rxjs ${rxjs}, no global fetch: streams and resumes by cross-fetch`, async () => {
      const seen = JSON.parse(await run(folder, process.execPath, '--no-experimental-fetch', file));
      assert.equal(seen.crossFetch, true, 'cross-fetch was not loaded');
    });
  }
  await check(`import and require, rxjs ${rxjs}, give the same names`, () => {
    const [imported, required] = names;
    assert.deepEqual(required, imported);
    const [main, testing] = imported.map(({ length }) => length);
    assert.ok(main > 0 && testing > 0, 'No names were seen');
    return `${main} names, and ${testing} of rx-sse/testing`;
  });
}

/** Runs the parser with each module system. In Node, the fast parser is used, and RxJS isn't loaded. */
export async function checkParser(folder) {
  const code = `
    const seen = [];
    const parser = createEventStreamParser({ onEvent: ({ data }) => seen.push(data) });
    for (const chunk of [Buffer.from('id: 1\\ndata: é').subarray(0, -1), Buffer.from('é').subarray(1), '\\n\\n']) parser.push(chunk);
    if (seen.join() !== 'é' || parser.lastEventId !== '1') throw new Error('It read ' + seen);
  `;
  await check('rx-sse/parser: import', () =>
    run(
      folder,
      process.execPath,
      '--input-type=module',
      '--eval',
      `import { createEventStreamParser } from 'rx-sse/parser'; ${code}`,
    ),
  );
  await check('rx-sse/parser: require, without RxJS', () =>
    run(
      folder,
      process.execPath,
      '--eval',
      `const { createEventStreamParser } = require('rx-sse/parser'); ${code}
       const files = Object.keys(require.cache);
       if (files.some(file => /rxjs/.test(file)) || !files.some(file => /event-stream-parser\\.node/.test(file))) throw new Error(files.join());`,
    ),
  );
}

/** Runs a consumer of the Angular entry point with the package in `folder`. */
export async function checkAngular(folder) {
  const version = await angularVersionOf(folder);
  await check(
    `import, Angular ${version}: streams, by HttpClient and without it, that end with their injector`,
    async () => {
      const seen = JSON.parse(await run(folder, process.execPath, 'consumer-angular.mjs'));
      assert.equal(seen.version, version);
      return `${seen.names.length} names of rx-sse/angular`;
    },
  );
}
