import { ResponseStatusError, type WaitingLifecycle } from '../../src/index.js';

/** Returns the status of the response after which a stream waits, if it waits after a response. */
export const statusOf = ({ error }: WaitingLifecycle) =>
  error instanceof ResponseStatusError ? error.status : undefined;
