import type { Injector, Resource, Signal, ValueEqualityFn } from '@angular/core';
import type { ConnectionState, DecodeOptions } from '../index.js';
import type { SseOptions } from './provide-sse.js';

/** What a stream is asked for with: where it is, and the options of `injectEventSource`. */
export interface EventSourceResourceRequest extends SseOptions {
  /** Where the stream is; relative to the page in a browser. */
  readonly url: string | URL;
}

/** What the events of an `eventSourceResource` add up to. */
export interface EventSourceResourceOptions<T, Event> {
  /** The value before the first event of a request, and while there is no request. The type of the value is inferred from here. */
  readonly initial: T;
  /**
   * Makes the next value of the value so far and an event; a new one, where there is a change. Either this or `reduceMany` is given. The value is written once for each chunk,
   * with all that its events have made of it. What it throws ends the stream with that error.
   */
  readonly reduce?: ((value: NoInfer<T>, event: Event) => NoInfer<T>) | undefined;
  /**
   * The same, of all events of a chunk (64 KiB at the most) at once, one or more: for values that are dear to copy. Events whose decoders
   * answer later come as they are ready.
   */
  readonly reduceMany?: ((value: NoInfer<T>, events: readonly Event[]) => NoInfer<T>) | undefined;
  /**
   * Asked for the value to go on with after a gap: the server could not go on from where it was asked, so something may be missing or come
   * twice. Also asked after `reload()` if there is no position to resume from.
   * @default keeps the value; after `reload()` without a position it is `initial` again, since a server that starts over would double everything
   */
  readonly reset?: ((value: NoInfer<T>) => NoInfer<T>) | undefined;
  /**
   * Which values are the same: `value` then keeps the one that it has.
   * @default Object.is
   */
  readonly equal?: ValueEqualityFn<NoInfer<T>> | undefined;
  /**
   * Where it is called outside of an injection context: what to take the defaults from, and whose end is that of the stream.
   * @default the injector of the present context
   */
  readonly injector?: Injector | undefined;
  /** A name for Angular's developer tools. */
  readonly debugName?: string | undefined;
}

/** How the events of an `eventSourceResource` are decoded. */
export interface EventSourceResourceDecoding<Decoders, Replacement> {
  /** A decoder for each type of event, or one for all, as for the operator `decode`; events of types without a decoder are dropped. */
  readonly decode: Decoders;
  /**
   * What to do with an event that cannot be decoded, as for the operator `decode`.
   * @default 'error'
   */
  readonly onInvalid?: DecodeOptions<Replacement, 'drop'>['onInvalid'] | undefined;
}

/** A stream as a resource: what its events add up to, and how it stands. */
export interface EventSourceResource<T> extends Resource<T> {
  /** How the connection stands: when the next attempt is made, and why the last one failed. `IDLE_CONNECTION` where there is no stream. */
  readonly connection: Signal<ConnectionState>;
  /** The id in force at the last event that is in `value`; `''` for none. */
  readonly lastEventId: Signal<string>;
  /**
   * Connects again, at once, also after an error or a completion: what there is is aborted, and the value is kept. It resumes from the last
   * event; where there is no id to resume from, see the option `reset`.
   *
   * @returns whether there is a stream to connect: `false` when idle, when the request has thrown, and when it is destroyed
   */
  reload(): boolean;
  /**
   * Whether there is a value that is not `undefined`, which is so from the beginning unless `initial` is `undefined`. Other than with
   * `httpResource` an error does not change that: what has come is still there. So a template shows `error` beside the value.
   */
  hasValue(this: T extends undefined ? this : never): this is EventSourceResource<Exclude<T, undefined>>;
  hasValue(): boolean;
}
