import type { Unsubscribable } from 'rxjs';

/** A body, independent of how it's read. */
export interface OpenBody extends Unsubscribable {
  /** Whether reads are answered within the call that sends (`rx-sse/testing`). The sender then decides about turns. */
  readonly synchronous?: boolean | undefined;
  read(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Stops reading, even if a read is pending, and releases the body. */
  unsubscribe(): void;
}
