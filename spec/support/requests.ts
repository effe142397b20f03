import type { Clock } from './clock.js';
import type { ExampleRun } from './run-examples.js';
import { until } from './until.js';

/** Advances the clock until the server has received `count` requests. */
export const requests = ({ server }: ExampleRun, clock: Clock, count: number) =>
  until(() => {
    clock.runOut();
    return server.exchanges.length >= count;
  });
