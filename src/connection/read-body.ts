import { openOtherBody } from '#other-bodies';
import { LOST } from '#texts';
import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { platformTime } from '../clock.js';
import { ConnectionError, EventSourceTimeoutError } from '../errors.js';
import type { ResponseLike } from './fetch-like.js';
import { noStream } from './find-fetch.js';
import { IdleWatch, type Silenced } from './idle-watch.js';
import { nextTask } from './next-task.js';
import type { OpenBody } from './open-body.js';

/** How long chunks are read without a break, in milliseconds: half of a frame. */
const TURN = 8;

/**
 * How many bytes are read at once. A chunk can have megabytes, with work for each event, so a whole chunk could block
 * the page.
 */
const SLICE = 64 * 1024;

/** Reads the chunks of a body. If it throws, the Observable errors. */
export interface ChunkReader<T> {
  /** Returns `true` for a heartbeat: a chunk that contains only comments. */
  read(chunk: Uint8Array | string, subscriber: Subscriber<T>): unknown;
}

export interface ReadBodyOptions {
  readonly scheduler: SchedulerLike;
  /** The longest silence, in milliseconds, or `'auto'` to learn it from heartbeats. No limit if it's missing or 0. */
  readonly idleTimeout?: number | 'auto' | undefined;
}

/** Delays the next read. While no read is pending, silence doesn't count. */
export interface Backpressure {
  readonly pending: PromiseLike<unknown> | undefined;
}

/**
 * Reads a body with `chunks`, one chunk at a time. The next one is read when the last one is processed. Completes with
 * the body. Errors with a `ConnectionError` if reading fails, and with an `EventSourceTimeoutError` if the body stays
 * silent. Unsubscribing cancels the body and releases its lock.
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
    new BodyReading(body, url, chunks, options, backpressure, subscriber).start();
  });
}

/** The only state of an open connection. It determines the memory of an idle stream and the cost of a chunk. */
class BodyReading<T> implements Silenced {
  private readonly idle: IdleWatch | undefined;
  /** When a task was last known to begin. */
  private turnBegan = platformTime();
  /** The unread rest of a chunk. */
  private rest: Uint8Array | undefined;

  constructor(
    private readonly body: OpenBody,
    private readonly url: string,
    private readonly chunks: ChunkReader<T>,
    { idleTimeout, scheduler }: ReadBodyOptions,
    private readonly backpressure: Backpressure | undefined,
    private readonly subscriber: Subscriber<T>,
  ) {
    if (idleTimeout) subscriber.add((this.idle = new IdleWatch(idleTimeout, scheduler, this)));
  }

  start(): void {
    this.pull(this.turnBegan);
  }

  private pull(now: number): void {
    while (!this.subscriber.closed) {
      const { idle, rest } = this;
      const busy = this.backpressure?.pending;
      if (busy) {
        idle?.held();
        busy.then(() => this.pull(platformTime()));
        return;
      }
      if (!rest) idle?.asked(now);
      // Available chunks arrive in microtasks, one after the other. If the server is faster than the subscriber, they
      // would never end and block everything else.
      if (now - this.turnBegan > TURN && !this.body.synchronous) {
        nextTask(() => this.pull((this.turnBegan = platformTime())));
        return;
      }
      if (!rest) {
        this.body.read().then(this.receive, this.lose);
        return;
      }
      this.readSlice(rest);
      now = platformTime();
    }
  }

  private readonly receive = ({ done, value }: Read) => {
    const { subscriber, idle } = this;
    if (done) {
      subscriber.complete();
      return;
    }
    const isHeartbeat = this.readSlice(value as Uint8Array | string);
    if (subscriber.closed) return;
    // The only time that is read for a chunk. It includes the work for the chunk, which is next to nothing for a
    // heartbeat.
    const now = platformTime();
    idle?.came(now, isHeartbeat);
    this.pull(now);
  };

  /** Reads a slice of a chunk. Returns whether it was a heartbeat. */
  private readSlice(chunk: Uint8Array | string): boolean {
    const { subscriber } = this;
    if (subscriber.closed) return false;
    this.rest = undefined;
    try {
      let slice = chunk;
      if (typeof chunk === 'object' && chunk.length > SLICE) {
        slice = chunk.subarray(0, SLICE);
        this.rest = chunk.subarray(SLICE);
      }
      return this.chunks.read(slice, subscriber) === true;
    } catch (error) {
      subscriber.error(error);
      return false;
    }
  }

  private readonly lose = (cause: unknown) => {
    const { url } = this;
    this.subscriber.error(new ConnectionError(LOST, { cause, url }));
  };

  silenced(text: string): void {
    const { url, subscriber } = this;
    subscriber.error(new EventSourceTimeoutError(text, { url }));
  }
}

/** Cancels an unread body, which would keep its connection open. */
export function cancelBody(response: ResponseLike): void {
  openBody(response.body)?.unsubscribe();
}

/** The result of a read. */
type Read = Awaited<ReturnType<OpenBody['read']>>;

function openBody(body: unknown): OpenBody | undefined {
  const stream = body as Partial<ReadableStream<unknown> & OpenBody> | null | undefined;
  if (typeof stream?.getReader !== 'function') return openOtherBody(body);
  // If your `validate` has locked the body to read it, you also cancel it.
  return stream.locked ? undefined : new OpenWebStream(stream.getReader(), stream.synchronous);
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
    this.reader.cancel().catch(() => undefined);
    this.reader.releaseLock();
  }
}
