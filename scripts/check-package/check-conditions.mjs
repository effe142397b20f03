import assert from 'node:assert/strict';
import { check } from '../check.mjs';

/** The modules that a condition selects. The production version of each has another file name. */
const CHOSEN = ['check', 'option-checks', 'texts', 'parsing/parser-checks', 'angular/angular-checks'];

/** Each bundler includes only the modules for its condition. (Bundlers drop a module of empty functions completely.) */
export async function checkConditions(forProduction, forDevelopment) {
  const chosenBy = async (bundle, entry) => {
    const { modules, warnings } = await bundle(entry);
    assert.deepEqual(warnings, []);
    const files = modules.flatMap(path => path.match(/rx-sse\/dist\/esm\/(.*)\.js$/)?.[1] ?? []);
    const isChosen = file => CHOSEN.includes(file.replace(/\.production$/, ''));
    return files.filter(isChosen).sort();
  };
  for (const [name, bundle] of Object.entries(forDevelopment)) {
    await check(`${name}, in development: checks of options, and long texts`, async () => {
      assert.deepEqual(await chosenBy(bundle, 'everything.mjs'), [...CHOSEN].sort());
    });
  }
  for (const [name, bundle] of Object.entries(forProduction)) {
    const isNode = name.endsWith('Node');
    await check(`${name}: ${isNode ? 'checks of options, and long texts' : 'short texts, and no checks'}`, async () => {
      const chosen = await chosenBy(bundle, 'everything.mjs');
      if (isNode) assert.deepEqual(chosen, [...CHOSEN].sort());
      else {
        assert.ok(chosen.includes('texts.production'));
        assert.deepEqual(
          chosen.filter(file => !file.endsWith('.production')),
          [],
        );
      }
    });
  }
}
