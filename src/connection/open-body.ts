import type { Unsubscribable } from 'rxjs';

/** A body, whichever way it is read. */
export interface OpenBody extends Unsubscribable {
  /** Whether it answers reads within the call that sends: then who sends has the turn (`rx-sse/testing`). */
  readonly synchronous?: boolean | undefined;
  read(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Ends the reading, also while a read is pending, and lets the body go. */
  unsubscribe(): void;
}
