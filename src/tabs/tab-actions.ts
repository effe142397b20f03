import type { Message, TabLifecycle } from './message.js';

/** The actions of a tab. None of them responds synchronously. */
export interface TabActions {
  post(message: Message): void;
  /** Emits a step to the subscriber. */
  deliver(step: TabLifecycle): void;
  /** Requests the lock of this generation, and releases any other. `undefined` requests none. */
  lock(generation: number | undefined): void;
  /** Opens the tab's own stream after this id. */
  connect(lastEventId: string): void;
  disconnect(): void;
  /** Finds out whether another tab requests the lock that this one holds, and calls `others`. */
  lookForOthers(): void;
  /** Ends the stream for all tabs, with or without an error. */
  end(error?: { readonly reason: unknown }): void;
}
