import type { Injector, Resource, Signal, ValueEqualityFn, WritableResource } from '@angular/core';
import type { Observable, OperatorFunction } from 'rxjs';
import type {
  ConnectionState,
  DecodeOptions,
  EventSourceLifecycle,
  GapLifecycle,
  ServerSentEvent,
  SnapshotLifecycle,
} from '../index.js';
import type { SseOptions } from './provide-sse.js';

/** What a stream is asked for with: where it is, and the options of `injectEventSource`. */
export interface EventSourceResourceRequest extends SseOptions {
  /** Where the stream is; relative to the page in a browser. */
  readonly url: string | URL;
}

/** What the request function of an `eventSourceResource` gets. */
export interface EventSourceResourceContext {
  /**
   * The value of another resource, for a request that follows from it. While that one is idle or loads, so does this one; if it has failed,
   * this one fails with the same error.
   */
  readonly chain: <V>(resource: Resource<V>) => V;
}

/** What the request function of an `eventSourceResource` returns: a URL, a URL with options, or `undefined` for no stream. */
export type EventSourceResourceRequested = string | URL | EventSourceResourceRequest | undefined;

/** What the events of an `eventSourceResource` add up to: `reduce` or `reduceMany` is required, and not both. */
export type EventSourceResourceOptions<T, Event extends ServerSentEvent<unknown>> = EventSourceResourceBasics<
  T,
  Event
> &
  EventSourceResourceReducer<T, Event>;

/** How the next value of an `eventSourceResource` is made. What it throws ends the stream with that error. */
export type EventSourceResourceReducer<T, Event> =
  | {
      /**
       * Makes the next value of the value so far and an event; a new one, if there is a change. The value is written once for each chunk, with all
       * that its events have made of it.
       */
      readonly reduce: (value: NoInfer<T>, event: Event) => NoInfer<T>;
      /** Not beside `reduce`. */
      readonly reduceMany?: undefined;
    }
  | {
      /**
       * The same, of all events of a chunk (64 KiB at the most) at once, one or more: for values that are dear to copy. Events whose decoders
       * answer later come as they are ready.
       */
      readonly reduceMany: (value: NoInfer<T>, events: readonly Event[]) => NoInfer<T>;
      /** Not beside `reduceMany`. */
      readonly reduce?: undefined;
    };

/** What an `eventSourceResource` has besides its reducer. */
export interface EventSourceResourceBasics<T, Event extends ServerSentEvent<unknown>> {
  /** The value before the first event of a request, and while there is no request. The type of the value is inferred from here. */
  readonly initial: T;
  /**
   * Asked for the value to go on with after a gap: the server could not go on from where it was asked, so something may be missing or come
   * twice. Also asked, without a gap, after `reload()` if there is no position to resume from.
   * @default keeps the value; after `reload()` without a position it is `initial` again, since a server that starts over would double everything
   */
  readonly reset?: ((value: NoInfer<T>, gap: GapLifecycle | undefined) => NoInfer<T>) | undefined;
  /**
   * `withSnapshot({ load, isIn })`, to begin with the whole state: what `load` answers is the value, at first and after each gap, and events that it does
   * not hold are reduced onto it. The resource is `'loading'` until the first snapshot is there.
   * @default the value begins with `initial`, and is made of events alone
   */
  readonly snapshot?:
    | OperatorFunction<EventSourceLifecycle<Event>, EventSourceLifecycle<Event> | SnapshotLifecycle<NoInfer<T>>>
    | undefined;
  /**
   * `withTransferState(id)`, to begin in the page with what the server has rendered.
   * @default the page begins with `initial`
   */
  readonly transfer?: ((injector: Injector) => unknown) | undefined;
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
export interface EventSourceResource<
  T,
  Event extends ServerSentEvent<unknown> = ServerSentEvent<unknown>,
> extends WritableResource<T> {
  /**
   * Each event when it is in `value`, decoded, on the same connection: for what is done once for an event, as a sound or a notification. It connects
   * nothing by itself and repeats nothing. It goes on through errors and other requests, and completes when the injector is destroyed.
   */
  readonly events: Observable<Event>;
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
  hasValue(this: T extends undefined ? this : never): this is EventSourceResource<Exclude<T, undefined>, Event>;
  /** The same, if `initial` is never `undefined`. */
  hasValue(): boolean;
  /**
   * Sets the value by hand, as for an entry that is on its way to the server. The stream goes on, and what it brings counts: the next event is reduced
   * onto this value, so let `reduce` put the server's entry in the place of your own (by a key that both have). A snapshot, `reset` and another
   * request replace it. `status` says how the stream stands, and stays as it is.
   */
  set(value: T): void;
  /** The same, with a function of the present value. */
  update(update: (value: T) => T): void;
}
