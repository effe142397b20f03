/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import * as rxjsTesting from 'rxjs/testing';
import { describeExamples, type Scenario } from '../support/run-examples.js';
import { runTests } from '../support/run-tests.js';

const FOLDER = 'examples/testing';
const page = readFileSync('docs/testing.md', 'utf8');
const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);

it.each(readdirSync(FOLDER))('docs/testing.md shows the code of %s as it runs', name => {
  expect(blocks).toContain(readFileSync(`${FOLDER}/${name}`, 'utf8'));
});

/** Runs the tests in the example under that heading. */
const testsOf =
  (heading: string): Scenario =>
  ({ execute }) =>
    runTests(tests => execute(heading, { modules: { 'rxjs/testing': rxjsTesting, ...tests } }));

describeExamples(
  'docs/testing.md',
  {
    Testing: testsOf('Testing'),

    Scripts: async ({ execute, logged }) => {
      await execute('Scripts');
      expect(await logged(2)).toEqual(['{"text":"hello"}', '{"text":"hi"}']);
    },

    'Fake timers': testsOf('Fake timers'),

    Marbles: testsOf('Marbles'),
  },
  // These examples are files that jest runs: see above.
  ['jsdom and browsers', 'A component', 'A store', 'A policy'],
);
