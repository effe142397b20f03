import type { ClosedLifecycle } from '../lifecycle.js';

/**
 * Ends a stream without a failure, from anywhere in an attempt. It's caught where attempts are run, and never
 * delivered.
 */
export class StreamClosed {
  constructor(readonly reason: ClosedLifecycle['reason']) {}
}
