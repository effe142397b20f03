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

/** The request of a stream: its URL, and the options of `injectEventSource`. */
export interface EventSourceResourceRequest extends SseOptions {
  /** The URL of the stream; in a browser, it can be relative to the page. */
  readonly url: string | URL;
}

/** The argument of the request function of an `eventSourceResource`. */
export interface EventSourceResourceContext {
  /**
   * Returns the value of another resource that the request depends on. While that resource is idle or loading, so is
   * this one. If it has failed, this one fails with the same error.
   */
  readonly chain: <V>(resource: Resource<V>) => V;
}

/**
 * The result of the request function of an `eventSourceResource`: a URL, a URL with options, or `undefined` for no
 * stream.
 */
export type EventSourceResourceRequested = string | URL | EventSourceResourceRequest | undefined;

/** The options of an `eventSourceResource`. Set either `reduce` or `reduceMany`. */
export type EventSourceResourceOptions<T, Event extends ServerSentEvent<unknown>> = EventSourceResourceBasics<
  T,
  Event
> &
  EventSourceResourceReducer<T, Event>;

/** Computes the next value of an `eventSourceResource`. If it throws, the stream ends with that error. */
export type EventSourceResourceReducer<T, Event> =
  | {
      /**
       * Returns the next value from the current value and an event. Return a new object if something changes. The value
       * is written once per chunk, after all events of the chunk.
       */
      readonly reduce: (value: NoInfer<T>, event: Event) => NoInfer<T>;
      /** Can't be combined with `reduce`. */
      readonly reduceMany?: undefined;
    }
  | {
      /**
       * Like `reduce`, but receives all events of a chunk (at most 64 KiB) at once. Use it if the value is expensive to
       * copy. With asynchronous decoders, events arrive as they are decoded.
       */
      readonly reduceMany: (value: NoInfer<T>, events: readonly Event[]) => NoInfer<T>;
      /** Can't be combined with `reduceMany`. */
      readonly reduce?: undefined;
    };

/** The options of an `eventSourceResource` except its reducer. */
export interface EventSourceResourceBasics<T, Event extends ServerSentEvent<unknown>> {
  /**
   * The value before the first event of a request, and without a request. The type of the value is inferred from it.
   */
  readonly initial: T;
  /**
   * Returns the value to continue with after a gap: the server couldn't resume from the requested position, so events
   * may be missing or may be sent again. Also called without a gap after `reload()` if there is no position to resume
   * from.
   * @default keeps the value after a gap. After `reload()` without a position, the value is `initial` again, because a
   * server that starts over would send everything twice
   */
  readonly reset?: ((value: NoInfer<T>, gap: GapLifecycle | undefined) => NoInfer<T>) | undefined;
  /**
   * `withSnapshot({ load, isIn })` to start with the whole state. The value is the result of `load`, at first and after
   * each gap, and events that it doesn't contain are reduced onto it. The resource is `'loading'` until the first
   * snapshot arrives.
   * @default the value starts with `initial`, and only events change it
   */
  readonly snapshot?:
    | OperatorFunction<EventSourceLifecycle<Event>, EventSourceLifecycle<Event> | SnapshotLifecycle<NoInfer<T>>>
    | undefined;
  /**
   * `withTransferState(id)` to start in the browser with the state that the server has rendered.
   * @default the page starts with `initial`
   */
  readonly transfer?: ((injector: Injector) => unknown) | undefined;
  /**
   * Compares two values. If they are equal, `value` keeps the current one.
   * @default Object.is
   */
  readonly equal?: ValueEqualityFn<NoInfer<T>> | undefined;
  /**
   * The injector that provides the defaults and whose end closes the stream. Required outside of an injection context.
   * @default the injector of the current context
   */
  readonly injector?: Injector | undefined;
  /** A name for Angular's developer tools. */
  readonly debugName?: string | undefined;
}

/** How to decode the events of an `eventSourceResource`. */
export interface EventSourceResourceDecoding<Decoders, Replacement> {
  /**
   * One decoder per event type, or one for all, as in the operator `decode`. Events of a type without a decoder are
   * dropped.
   */
  readonly decode: Decoders;
  /**
   * How to handle an event that can't be decoded, as in the operator `decode`.
   * @default 'error'
   */
  readonly onInvalid?: DecodeOptions<Replacement, 'drop'>['onInvalid'] | undefined;
}

/** A stream as a resource: the value of its events, and the state of the stream. */
export interface EventSourceResource<
  T,
  Event extends ServerSentEvent<unknown> = ServerSentEvent<unknown>,
> extends WritableResource<T> {
  /**
   * Emits each decoded event after it's in `value`. Uses the same connection. Use it for anything that happens once per
   * event, such as a sound or a notification. It doesn't connect by itself and doesn't replay. It continues through
   * errors and new requests, and completes when the injector is destroyed.
   */
  readonly events: Observable<Event>;
  /**
   * The state of the connection, with the time of the next attempt and the reason why the last one failed.
   * `IDLE_CONNECTION` without a stream.
   */
  readonly connection: Signal<ConnectionState>;
  /** The id of the last event in `value`; `''` for none. */
  readonly lastEventId: Signal<string>;
  /**
   * Connects again at once, even after an error or a completion. The current connection is aborted, and the value is
   * kept. Resumes from the last event. If there is no id to resume from, see the option `reset`.
   *
   * @returns whether there is a stream to connect: `false` if the resource is idle or destroyed, or if the request has
   * thrown
   */
  reload(): boolean;
  /**
   * Whether `value` isn't `undefined`. This is true from the start, unless `initial` is `undefined`. Unlike in
   * `httpResource`, an error doesn't change it, because the received data is still there. So show `error` next to the
   * value in your template.
   */
  hasValue(this: T extends undefined ? this : never): this is EventSourceResource<Exclude<T, undefined>, Event>;
  /** Always `true` if `initial` is never `undefined`. */
  hasValue(): boolean;
  /**
   * Sets the value, for example to show an entry that is being sent to the server. The stream continues, and the next
   * event is reduced onto this value. Let `reduce` replace your own entry with the one from the server, by a key that
   * both have. A snapshot, `reset` and another request replace the value. `status` doesn't change.
   */
  set(value: T): void;
  /** Sets the value with a function of the current value. */
  update(update: (value: T) => T): void;
}
