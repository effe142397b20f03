import type { Message, TabLifecycle } from './message.js';

/** What a tab does. None of it is answered at once. */
export interface TabActions {
  post(message: Message): void;
  /** A step for who has subscribed. */
  deliver(step: TabLifecycle): void;
  /** Asks for the lock of that generation, and lets go of any other; `undefined` asks for none. */
  lock(generation: number | undefined): void;
  /** Opens a stream of its own, behind that id. */
  connect(lastEventId: string): void;
  disconnect(): void;
  /** Finds out whether another tab asks for the lock that this one has: `others`. */
  lookForOthers(): void;
  /** The stream is over, for all tabs: with an error, or without. */
  end(error?: { readonly reason: unknown }): void;
}
