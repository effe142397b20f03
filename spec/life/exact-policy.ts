import type { Attempt, EventSourceOptions, ReconnectPolicy } from '../../src/index.js';

/** A policy without jitter. */
export const exact = (policy: ReconnectPolicy<Attempt> = {}): EventSourceOptions => ({
  reconnect: { jitter: 0, ...policy },
});

/** Returns the error of a failed request. */
export const lost = () => new TypeError('fetch failed');
