import { Observable, type SchedulerLike, type Subscriber, type Subscription, type Unsubscribable } from 'rxjs';
import { ConnectionError, EventSourceTimeoutError, withoutSecrets } from '../errors.js';
import type { ResponseLike } from './fetch-like.js';
import { noStream } from './find-fetch.js';
import { nextTask } from './next-task.js';

/** For how long chunks are read without a break, in milliseconds: half of what a frame has. */
const TURN = 8;

/** How much is read at once, in bytes. A chunk may have megabytes, and each of its events may be work: a turn could last for any time. */
const SLICE = 64 * 1024;

/** What reads the chunks of a body. What it throws is an error of the Observable. */
export interface ChunkReader<T> {
  read(chunk: Uint8Array | string, subscriber: Subscriber<T>): void;
}

export interface ReadBodyOptions {
  readonly scheduler: SchedulerLike;
  /** The longest time without a byte, in milliseconds. */
  readonly idleTimeout?: number | undefined;
}

/** What the next read waits for: as long as nobody asks for bytes, none are missed. */
export interface Backpressure {
  readonly pending: PromiseLike<unknown> | undefined;
}

/**
 * What `chunks` makes of the chunks of a body, read one at a time: the next when the last has been dealt with. It completes with
 * the body; a body that breaks is a `ConnectionError`, one that stays silent an `EventSourceTimeoutError`. Unsubscribing cancels
 * the body and releases its lock.
 */
export function readBody<T>(
  response: ResponseLike,
  url: string,
  chunks: ChunkReader<T>,
  options: ReadBodyOptions,
  backpressure?: Backpressure,
): Observable<T> {
  return new Observable(subscriber => {
    const body = openBody(response.body);
    if (!body) throw noStream(url);
    subscriber.add(body);
    const reading = new BodyReading(body, url, chunks, options, backpressure, subscriber);
    const { idleTimeout, scheduler } = options;
    if (idleTimeout !== undefined) subscriber.add(watchIdleTime(reading, idleTimeout, scheduler));
    reading.pull();
  });
}

/** All that a stream keeps of its connection while it is open: what an idle one weighs, and what runs for each chunk. */
class BodyReading<T> {
  /** Since when a read is pending, where there is an `idleTimeout`. */
  askedAt: number | undefined;
  /** When a task was known to begin, in which what is read may still be read. */
  private turnBegan = Date.now();
  /** What is left of a chunk. */
  private rest: Uint8Array | undefined;

  constructor(
    private readonly body: OpenBody,
    readonly url: string,
    private readonly chunks: ChunkReader<T>,
    private readonly options: ReadBodyOptions,
    private readonly backpressure: Backpressure | undefined,
    readonly subscriber: Subscriber<T>,
  ) {}

  pull(): void {
    while (!this.subscriber.closed) {
      const busy = this.backpressure?.pending;
      if (busy) {
        busy.then(() => this.pull());
        return;
      }
      // Chunks that are there already come in microtasks, one after the other: without end, where the server is faster than the
      // subscriber, and nothing else would have its turn.
      const now = Date.now();
      if (Math.abs(now - this.turnBegan) > TURN && !this.body.synchronous) {
        nextTask(() => {
          this.turnBegan = Date.now();
          this.pull();
        });
        return;
      }
      const { rest } = this;
      if (!rest) {
        const { idleTimeout, scheduler } = this.options;
        if (idleTimeout !== undefined) this.askedAt = scheduler.now();
        this.body.read().then(this.receive, this.lose);
        return;
      }
      this.take(rest);
    }
  }

  private readonly receive = ({ done, value }: Read) => {
    this.askedAt = undefined;
    if (done) {
      this.subscriber.complete();
      return;
    }
    this.take(value as Uint8Array | string);
    this.pull();
  };

  /** Reads as much of a chunk as is read at once. */
  private take(chunk: Uint8Array | string): void {
    const { subscriber } = this;
    if (subscriber.closed) return;
    this.rest = undefined;
    try {
      let slice = chunk;
      if (typeof chunk === 'object' && chunk.length > SLICE) {
        slice = chunk.subarray(0, SLICE);
        this.rest = chunk.subarray(SLICE);
      }
      this.chunks.read(slice, subscriber);
    } catch (error) {
      subscriber.error(error);
    }
  }

  private readonly lose = (cause: unknown) => {
    const { url } = this;
    const message = `Expected the stream to go on, but the connection was lost: ${withoutSecrets(url)}`;
    this.subscriber.error(new ConnectionError(message, { cause, url }));
  };
}

/** One timer, which looks when it fires how long the pending read is waiting: chunks cost it nothing. */
function watchIdleTime<T>(reading: BodyReading<T>, idleTimeout: number, scheduler: SchedulerLike): Subscription {
  let due = scheduler.now() + idleTimeout;
  return scheduler.schedule(function () {
    const now = scheduler.now();
    // So late a timer means that the machine slept, or was busy: what came meanwhile has its chance to be read.
    if (reading.askedAt !== undefined && now - due >= idleTimeout) reading.askedAt = now;
    const idle = now - (reading.askedAt ?? now);
    if (idle < idleTimeout) {
      due = now + idleTimeout - idle;
      this.schedule(undefined, idleTimeout - idle);
    } else {
      const { url, subscriber } = reading;
      const message = `Expected a byte within ${idleTimeout} ms (idleTimeout), but none came from ${withoutSecrets(url)}`;
      subscriber.error(new EventSourceTimeoutError(message, { url }));
    }
  }, idleTimeout);
}

/** Cancels a body that nobody reads: until then its connection is held. */
export function cancelBody(response: ResponseLike): void {
  openBody(response.body)?.unsubscribe();
}

const ignore = () => undefined;

/** A body, whichever way it is read. */
interface OpenBody extends Unsubscribable {
  /** Whether it answers reads within the call that sends: then who sends has the turn (`rx-sse/testing`). */
  readonly synchronous?: boolean | undefined;
  read(): PromiseLike<Read>;
  /** Ends the reading, also while a read is pending, and lets the body go. */
  unsubscribe(): void;
}

interface Read {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

function openBody(body: unknown): OpenBody | undefined {
  const stream = body as Partial<ReadableStream<unknown> & NodeJSReadable & OpenBody> | null | undefined;
  if (typeof stream?.getReader === 'function') {
    // A body that the application has locked (a `validate` that reads it) is its own to cancel.
    return stream.locked ? undefined : new OpenWebStream(stream.getReader(), stream.synchronous);
  }
  return typeof stream?.[Symbol.asyncIterator] === 'function'
    ? new OpenIterable(stream as AsyncIterable<unknown>)
    : undefined;
}

class OpenWebStream implements OpenBody {
  constructor(
    private readonly reader: ReadableStreamDefaultReader<unknown>,
    readonly synchronous: boolean | undefined,
  ) {}

  read() {
    return this.reader.read();
  }

  unsubscribe() {
    this.reader.cancel().catch(ignore);
    this.reader.releaseLock();
  }
}

class OpenIterable implements OpenBody {
  private iterator: AsyncIterator<unknown> | undefined;

  constructor(private readonly stream: AsyncIterable<unknown> & Partial<NodeJSReadable>) {}

  read() {
    return (this.iterator ??= this.stream[Symbol.asyncIterator]()).next();
  }

  unsubscribe() {
    // `return` of an iterator waits for the read that is pending; destroying a Node stream ends that read. What it still
    // emits then must find a listener, or it ends the process.
    this.stream.on?.('error', ignore);
    this.stream.destroy?.();
    this.iterator?.return?.().catch(ignore);
  }
}

/** What a Node stream has beyond its being async-iterable. */
interface NodeJSReadable extends AsyncIterable<unknown> {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}
