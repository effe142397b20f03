import { expect } from '@jest/globals';
import type { Scenario } from './run-examples.js';

/** Runs the example "The first stream". It ends the stream in its own last line, so the two halves run separately. */
export const runFirstStream: Scenario = async ({ execute, open, logged }) => {
  const edit = (code: string) => `${code.replace('// Later', 'exports.stop = () => { // Later')}\n};`;
  const { stop } = await execute('The first stream', { edit });
  const exchange = await open(0, 'id: 1\nevent: chat\ndata: hi\n\n');
  expect(await logged(1)).toEqual(['chat hi 1']);
  (stop as () => void)();
  await exchange.gone();
};
