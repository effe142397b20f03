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

/** For how long chunks are read without a break, in milliseconds: half of what a frame has. */
const TURN = 8;

/** How much is read at once, in bytes. A chunk may have megabytes, and each of its events may be work: a turn could last for any time. */
const SLICE = 64 * 1024;

/** What reads the chunks of a body. What it throws is an error of the Observable. */
export interface ChunkReader<T> {
  /** Returns `true` for a heartbeat: a chunk that held comments, and nothing else. */
  read(chunk: Uint8Array | string, subscriber: Subscriber<T>): unknown;
}

export interface ReadBodyOptions {
  readonly scheduler: SchedulerLike;
  /** The longest time without a byte, in milliseconds, or `'auto'` to learn it from the heartbeats; none and 0 are no limit. */
  readonly idleTimeout?: number | 'auto' | undefined;
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
    new BodyReading(body, url, chunks, options, backpressure, subscriber).start();
  });
}

/** All that a stream keeps of its connection while it is open: what an idle one weighs, and what runs for each chunk. */
class BodyReading<T> implements Silenced {
  private readonly idle: IdleWatch | undefined;
  /** When a task was known to begin, in which what is read may still be read. */
  private turnBegan = platformTime();
  /** What is left of a chunk. */
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
      // Chunks that are there already come in microtasks, one after the other: without end, where the server is faster than the
      // subscriber, and nothing else would have its turn.
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
    // The only time that is read for a chunk. So a pause is the longer by what its chunk was worked on, which is nothing for a heartbeat.
    const now = platformTime();
    idle?.came(now, isHeartbeat);
    this.pull(now);
  };

  /** Reads as much of a chunk as is read at once, and returns whether that was a heartbeat. */
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

/** Cancels a body that nobody reads: until then its connection is held. */
export function cancelBody(response: ResponseLike): void {
  openBody(response.body)?.unsubscribe();
}

/** A read of a body has an answer. */
type Read = Awaited<ReturnType<OpenBody['read']>>;

function openBody(body: unknown): OpenBody | undefined {
  const stream = body as Partial<ReadableStream<unknown> & OpenBody> | null | undefined;
  if (typeof stream?.getReader !== 'function') return openOtherBody(body);
  // A body that the application has locked (a `validate` that reads it) is its own to cancel.
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
