import { afterEach, beforeEach } from '@jest/globals';
import { type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';
// Must come first: its `afterEach` ends all observed streams before `server.verify` looks for open connections.
import './observe.js';

/** The fake server of the current test. */
export let server: FakeEventSource;
/** The clock of the streams. It only moves when a test advances it. */
export let clock: Clock;
beforeEach(() => {
  server = fakeEventSource();
  clock = new Clock();
});
afterEach(() => server.verify());

/** Returns the lifecycle of a stream from the fake server, on that clock. */
export const lifecycle = (options: EventSourceOptions = {}) =>
  fromEventSourceLifecycle('/stream', {
    fetch: server.fetch,
    scheduler: clock,
    reconnect: { delay: 1000, jitter: 0 },
    ...options,
  });
