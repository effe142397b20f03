import type { Subscription } from 'rxjs';
import type { Flush } from './delivery.js';
import { fromEventSource } from './from-event-source.js';
import type { ServerSentEvent } from './lifecycle.js';
import type { EventSourceOptions } from './options.js';

/**
 * The events of a stream for `for await`, with real backpressure: the next chunk is read when the last one is consumed, so that
 * nothing piles up behind a slow consumer but what the transport itself buffers.
 *
 * It connects with the first `next()`, reconnects and resumes as `fromEventSource` does, ends where that completes and throws
 * where that errors. An event counts as delivered when it is handed out, and its chunk's position is stored when the event after the
 * chunk is asked for. `break`, `return` and `throw` close the connection.
 *
 * @param url where the stream is; relative to the page in a browser
 * @param options those of `fromEventSource`, but for `deliver`
 *
 * @example
 * ```ts
 * for await (const event of iterateEventSource('/jobs/stream')) {
 *   await run(JSON.parse(event.data));
 *   if (event.type === 'last') break;
 * }
 * ```
 */
export function iterateEventSource(
  url: string | URL,
  options: Omit<EventSourceOptions, 'deliver'> = {},
): AsyncIterableIterator<ServerSentEvent> {
  type Result = IteratorResult<ServerSentEvent, undefined>;
  const DONE: Result = { done: true, value: undefined };
  interface Pull {
    resolve(result: Result): void;
    reject(error: unknown): void;
  }

  /** Calls of `next()` that have no event yet, oldest first. */
  let pulls: Pull[] = [];
  /** What is left of the chunk that is being consumed. */
  let chunk: { flush: Flush; consumed: () => void } | undefined;
  let subscription: Subscription | undefined;
  let ended = false;

  const source = fromEventSource(url, {
    ...options,
    deliver: flush =>
      new Promise<void>(consumed => {
        chunk = { flush, consumed };
        supply();
      }),
  });

  /** Hands out events while there are both events and calls for them. */
  const supply = () => {
    while (chunk && pulls.length > 0) {
      const waiting = pulls.length;
      chunk.flush(1);
      if (pulls.length === waiting) {
        // The chunk is consumed only now that more is asked for: the consumer is done with its last event.
        const { consumed } = chunk;
        chunk = undefined;
        consumed();
      }
    }
  };

  const end = (how: { error?: unknown } = {}) => {
    ended = true;
    chunk = undefined;
    // The stream is read for a call that waits, and only then: so there is one to hear of an error. The others are done.
    const [first, ...others] = pulls;
    pulls = [];
    if ('error' in how) first?.reject(how.error);
    else first?.resolve(DONE);
    for (const pull of others) pull.resolve(DONE);
  };

  const close = () => {
    end();
    subscription?.unsubscribe();
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () =>
      new Promise<Result>((resolve, reject) => {
        if (ended) {
          resolve(DONE);
          return;
        }
        pulls.push({ resolve, reject });
        subscription ??= source.subscribe({
          next: event => pulls.shift()?.resolve({ done: false, value: event }),
          error: (error: unknown) => end({ error }),
          complete: () => end(),
        });
        supply();
      }),
    return: (value?: unknown) => {
      close();
      return Promise.resolve({ done: true, value: value as undefined });
    },
    throw: (error?: unknown) => {
      close();
      return Promise.reject(error);
    },
  };
}
