import { Observable, type SchedulerLike } from 'rxjs';
import { ConnectionError, EventSourceTimeoutError, withoutSecrets } from '../errors.js';
import type { ResponseLike } from './fetch-like.js';
import { noStream } from './find-fetch.js';

/** A body, whichever way it is read. */
interface BodyReader {
  read(): PromiseLike<{ done?: boolean | undefined; value?: unknown }>;
  /** Ends the reading, also while a read is pending, and lets the body go. */
  cancel(): void;
}

export interface ReadBodyOptions {
  readonly url: string;
  readonly scheduler: SchedulerLike;
  /** The longest time without a byte, in milliseconds. */
  readonly idleTimeout?: number | undefined;
  /** What the next read waits for: as long as nobody asks for bytes, none are missed. */
  readonly pending?: () => PromiseLike<unknown> | undefined;
}

/**
 * The chunks of a body, read one at a time: the next when the last has been dealt with. It completes with the body; a body
 * that breaks is a `ConnectionError`, one that stays silent an `EventSourceTimeoutError`. Unsubscribing cancels the body and
 * releases its lock.
 */
export function readBody(
  response: ResponseLike,
  { url, scheduler, idleTimeout, pending }: ReadBodyOptions,
): Observable<Uint8Array | string> {
  return new Observable(subscriber => {
    const reader = openReader(response.body);
    if (!reader) {
      subscriber.error(noStream(url));
      return;
    }
    subscriber.add(() => reader.cancel());

    let askedAt: number | undefined;
    const pull = () => {
      if (subscriber.closed) return;
      const busy = pending?.();
      if (busy) {
        busy.then(pull);
        return;
      }
      if (idleTimeout !== undefined) askedAt = scheduler.now();
      reader.read().then(receive, lose);
    };
    const receive = ({ done, value }: { done?: boolean | undefined; value?: unknown }) => {
      askedAt = undefined;
      if (subscriber.closed) return;
      if (done) {
        subscriber.complete();
      } else {
        subscriber.next(value as Uint8Array | string);
        pull();
      }
    };
    const lose = (cause: unknown) => {
      const where = withoutSecrets(url);
      const message = `Expected the stream to go on, but the connection was lost: ${where}`;
      subscriber.error(new ConnectionError(message, { cause, url }));
    };

    if (idleTimeout !== undefined) {
      // One timer, which looks when it fires how long the pending read is waiting: chunks cost it nothing.
      let due = scheduler.now() + idleTimeout;
      subscriber.add(
        scheduler.schedule(function () {
          const now = scheduler.now();
          // So late a timer means that the machine slept, or was busy: what came meanwhile has its chance to be read.
          if (askedAt !== undefined && now - due >= idleTimeout) askedAt = now;
          const idle = askedAt === undefined ? 0 : now - askedAt;
          if (idle < idleTimeout) {
            due = now + idleTimeout - idle;
            this.schedule(undefined, idleTimeout - idle);
          } else {
            subscriber.error(
              new EventSourceTimeoutError(
                `Expected a byte within ${idleTimeout} ms (idleTimeout), but none came from ${withoutSecrets(url)}`,
                { url },
              ),
            );
          }
        }, idleTimeout),
      );
    }
    pull();
  });
}

/** Cancels a body that nobody reads: until then its connection is held. */
export function cancelBody(response: ResponseLike): void {
  openReader(response.body)?.cancel();
}

const ignore = () => undefined;

function openReader(body: unknown): BodyReader | undefined {
  const stream = body as Partial<ReadableStream<unknown> & AsyncIterable<unknown> & NodeJSReadable> | null | undefined;
  if (typeof stream?.getReader === 'function') {
    // A body that the application has locked (a `validate` that reads it) is its own to cancel.
    if (stream.locked) return undefined;
    const reader = stream.getReader();
    return {
      read: () => reader.read(),
      cancel() {
        reader.cancel().catch(ignore);
        reader.releaseLock();
      },
    };
  }
  if (typeof stream?.[Symbol.asyncIterator] === 'function') {
    let iterator: AsyncIterator<unknown> | undefined;
    return {
      read: () => (iterator ??= (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]()).next(),
      cancel() {
        // `return` of an iterator waits for the read that is pending; destroying a Node stream ends that read. What it still
        // emits then must find a listener, or it ends the process.
        stream.on?.('error', ignore);
        stream.destroy?.();
        iterator?.return?.().catch(ignore);
      },
    };
  }
  return undefined;
}

/** What a Node stream has beyond its being async-iterable. */
interface NodeJSReadable {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}
