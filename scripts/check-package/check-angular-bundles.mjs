import assert from 'node:assert/strict';
import { check } from '../check.mjs';
import { filesOf, isOperator } from './files-of.mjs';

/** The features of the Angular entry point by file, and the features and core operators that some functions need. */
const FEATURES = ['event-source-resource', 'inject-event-source', 'with-http-client', 'with-sse'];

export const ANGULAR = {
  eventSourceResource: {
    features: ['event-source-resource', 'inject-event-source'],
    operators: ['connection-state', 'decode'],
  },
  injectEventSource: { features: ['inject-event-source'], operators: [] },
  withHttpClient: { features: ['with-http-client', 'with-sse'], operators: [] },
  withSse: { features: ['with-sse'], operators: [] },
};

export async function checkAngularBundles(name, bundle) {
  await check(`${name}: rx-sse and rx-sse/angular together bring each file of the core once`, async () => {
    const { modules, warnings } = await bundle('angular-and-core.mjs');
    assert.deepEqual(warnings, []);
    const files = modules.flatMap(path => path.match(/rx-sse\/dist\/(?:esm|cjs)\/(.*)\.c?js$/)?.[1] ?? []);
    assert.deepEqual(files.sort(), [...new Set(files)]);
    assert.ok(files.includes('parsing/line-reader'));
    assert.deepEqual(
      filesOf(modules, 'angular').filter(file => FEATURES.includes(file)),
      FEATURES,
    );
    return `${files.length} files`;
  });
  for (const [exported, { features, operators }] of Object.entries(ANGULAR)) {
    await check(`${name}: ${exported} brings of the door what it needs, and no other operators`, async () => {
      const { modules, warnings } = await bundle(`${exported}.mjs`);
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        filesOf(modules, 'angular').filter(file => FEATURES.includes(file)),
        features,
      );
      assert.deepEqual(filesOf(modules, 'operators').filter(isOperator), operators);
    });
  }
}
