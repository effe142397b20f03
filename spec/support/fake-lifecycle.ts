import { afterEach, beforeEach } from '@jest/globals';
import { type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';
// What is observed ends before the server is asked what was left: its `afterEach` must be the first.
import './observe.js';

/** The fake server of the present test. */
export let server: FakeEventSource;
/** Its time, which stands still until it is told. */
export let clock: Clock;
beforeEach(() => {
  server = fakeEventSource();
  clock = new Clock();
});
afterEach(() => server.verify());

/** A stream of the fake server, on that clock. */
export const lifecycle = (options: EventSourceOptions = {}) =>
  fromEventSourceLifecycle('/stream', {
    fetch: server.fetch,
    scheduler: clock,
    reconnect: { delay: 1000, jitter: 0 },
    ...options,
  });
