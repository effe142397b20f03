import { check } from '#check';
import { type Observable, Subscription } from 'rxjs';
import { isObject, type Kind } from './kind.js';
import type { Flush } from './life/delivery.js';
import { fromEventSource } from './from-event-source.js';
import type { ServerSentEvent } from './lifecycle.js';
import type { EventSourceOptions } from './options.js';
import { takeUntilTeardown } from './take-until-teardown.js';

/**
 * The options of `iterateEventSource`: the options of `fromEventSource` except `deliver`, plus `signal`.
 *
 * @example
 * ```ts
 * const options: IterateEventSourceOptions = { idleTimeout: 45_000, signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface IterateEventSourceOptions extends Omit<EventSourceOptions, 'deliver'> {
  /**
   * Ends the iteration when it aborts. The connection closes, and the pending call of `next()` rejects with the reason
   * of the signal. If no call is pending, the next one rejects. All later calls are done.
   * @default never
   */
  readonly signal?: AbortSignal | null | undefined;
}

const ABORT_SIGNAL: Kind = [
  'an AbortSignal',
  value =>
    value === null ||
    (isObject(value) && typeof (value as Partial<AbortSignal>).addEventListener === 'function' && 'aborted' in value),
];

/**
 * Iterates over the events of a stream with `for await`. It has real backpressure: the next chunk is read when you have
 * consumed the last one, so a slow consumer doesn't fill memory. Only the transport itself buffers.
 *
 * Connects with the first `next()`, and reconnects and resumes like `fromEventSource`. It's done when `fromEventSource`
 * would complete, and throws when it would error. `break`, `return` and `throw` close the connection.
 *
 * An event counts as delivered when `next()` returns it. The position of a chunk is saved when you ask for the first
 * event after that chunk.
 *
 * When `signal` aborts, the connection closes and the loop throws the reason of the signal, once. Events that you
 * haven't asked for yet are dropped. If the signal has already aborted, no request is sent. The listener on the signal
 * is always removed at the end.
 *
 * Throws a `TypeError` at the call if an option has the wrong type.
 *
 * @param url the URL of the stream; in a browser, it can be relative to the page
 * @param options the options of `fromEventSource` except `deliver`, plus `signal`
 *
 * @example
 * ```ts
 * const controller = new AbortController();
 * for await (const event of iterateEventSource('/jobs/stream', { signal: controller.signal })) {
 *   await run(JSON.parse(event.data));
 *   if (event.type === 'last') break;
 * }
 * ```
 */
export function iterateEventSource(
  url: string | URL,
  { signal, ...options }: IterateEventSourceOptions = {},
): AsyncIterableIterator<ServerSentEvent> {
  check('signal', signal, ABORT_SIGNAL);
  return new EventIterator(deliver => fromEventSource(url, { ...options, deliver }), signal);
}

type Result = IteratorResult<ServerSentEvent, undefined>;
const DONE: Result = { done: true, value: undefined };

/** A call of `next()`. */
interface Pull {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

class EventIterator implements AsyncIterableIterator<ServerSentEvent> {
  /** Calls that have no event yet, oldest first. */
  private pulls: Pull[] = [];
  /** The chunk that is being consumed. */
  private chunk: { readonly flush: Flush; readonly consumed: () => void } | undefined;
  private readonly source: Observable<ServerSentEvent>;
  /** Closed at the end of the iteration. */
  private readonly subscription = new Subscription();
  private started = false;
  /** An error that no call has received yet. */
  private unheard: { readonly error: unknown } | undefined;

  constructor(
    connect: (deliver: (flush: Flush) => Promise<void>) => Observable<ServerSentEvent>,
    private readonly signal: AbortSignal | null | undefined,
  ) {
    this.source = connect(
      flush =>
        new Promise(consumed => {
          this.chunk = { flush, consumed };
          this.supply();
        }),
    );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      const { unheard } = this;
      if (unheard) {
        this.unheard = undefined;
        reject(unheard.error);
      } else if (this.subscription.closed) {
        resolve(DONE);
      } else {
        this.pulls.push({ resolve, reject });
        this.start();
        this.supply();
      }
    });
  }

  return(value?: unknown): Promise<Result> {
    this.close();
    return Promise.resolve({ done: true, value: value as undefined });
  }

  throw(error?: unknown): Promise<Result> {
    this.close();
    return Promise.reject(error);
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    const { signal, subscription, source } = this;
    const abort = () => this.end({ error: signal?.reason });
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort);
    subscription.add(() => signal?.removeEventListener('abort', abort));
    source.pipe(takeUntilTeardown(subscription)).subscribe({
      next: event => this.pulls.shift()?.resolve({ done: false, value: event }),
      error: (error: unknown) => this.end({ error }),
      complete: () => this.end(),
    });
  }

  /** Delivers events as long as there are both events and calls waiting for them. */
  private supply(): void {
    for (let chunk; (chunk = this.chunk) && this.pulls.length > 0;) {
      const waiting = this.pulls.length;
      chunk.flush(1);
      if (this.pulls.length === waiting) {
        // The chunk is only consumed now, when the consumer asks for more and is done with its last event.
        this.chunk = undefined;
        chunk.consumed();
      }
    }
  }

  private end(failure?: { readonly error: unknown }): void {
    if (this.subscription.closed) return;
    this.subscription.unsubscribe();
    this.chunk = undefined;
    // Only one call rejects with the error. The others are done.
    const [first, ...others] = this.pulls;
    this.pulls = [];
    if (!failure) first?.resolve(DONE);
    else if (first) first.reject(failure.error);
    else this.unheard = failure;
    for (const pull of others) pull.resolve(DONE);
  }

  private close(): void {
    this.end();
    this.unheard = undefined;
  }
}
