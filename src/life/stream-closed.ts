import type { ClosedLifecycle } from '../lifecycle.js';

/** Ends a stream without a failure, from wherever in an attempt: caught where attempts are run, and no error of anyone's. */
export class StreamClosed {
  constructor(readonly reason: ClosedLifecycle['reason']) {}
}
