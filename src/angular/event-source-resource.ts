import { checkContext, checkDeliver, checkResource } from '#angular-checks';
import {
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  linkedSignal,
  type Resource,
  type ResourceStatus,
  type Signal,
  untracked,
  type ValueEqualityFn,
} from '@angular/core';
import { identity, type OperatorFunction, Subject, Subscription, takeUntil, tap } from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  decode,
  type DecodedEvent,
  type DecodeOptions,
  type EventDecoder,
  type EventSourceLifecycle,
  type Flush,
  IDLE_CONNECTION,
  type ServerSentEvent,
} from '../index.js';
import { isObject } from './is-object.js';
import { injectEventSource } from './inject-event-source.js';
import { mergeOptions, SSE_DEFAULTS, type SseOptions } from './provide-sse.js';

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

/**
 * A stream of events as a resource, as `httpResource` is for answers: signals of what the events add up to and of how the stream stands. It
 * connects when effects run next, and again whenever the request changes.
 *
 * - `value` is `initial`, and then what `reduce` (for each event) or `reduceMany` (for each chunk) makes of it. It is kept while the stream
 *   reconnects, which resumes after the last event. It is kept as well when the stream has failed for good: other than with `httpResource`,
 *   reading `value` never throws, and what has come stays on the screen.
 * - `status` is `'idle'` without a request, `'loading'` until the stream is first open, and `'resolved'` from then on, through waits and
 *   reconnects and when the stream has completed. It is `'reloading'` from `reload()` until the stream is open again. It is `'error'`, with
 *   `error`, only when the stream has failed for good: retries are spent, the answer is final (404), an event cannot be decoded, or
 *   `request`, `reduce`, `reduceMany` or `reset` has thrown.
 * - `connection` says the rest: open, waiting and until when, failed and why.
 *
 * A request that is another than before closes the former connection before the new one is made, and `value` is `initial` again at once.
 * `undefined` closes the stream. Two URLs with the same text are the same request, and so is an object with itself.
 *
 * Signals are written once for each chunk that has events in it, and not for heartbeats. `ApplicationRef.whenStable` does not wait for it.
 * Where a page is rendered on the server it stays `'loading'`, unless the request says `ssr: 'connect'`. Destroying the injector
 * closes the connection; nothing changes after that.
 *
 * Events whose decoders have not answered yet when `reload()` is called are lost, as with `decode` on unsubscribing.
 *
 * It throws outside of an injection context, unless it is given an `injector`, and a `TypeError` for options of a wrong type.
 *
 * @param request the URL of the stream, or an object of it and of options, or `undefined` for none; what signals it reads make it run again
 * @param options what the events add up to; all that is not needed may be left out
 *
 * @example
 * ```ts
 * class Prices {
 *   readonly market = input<string>();
 *   readonly prices = eventSourceResource(() => (this.market() ? `/markets/${this.market()}` : undefined), {
 *     initial: {} as Readonly<Record<string, number>>,
 *     decode: { price: json<Price>() },
 *     reduce: (prices, { data }) => ({ ...prices, [data.symbol]: data.price }),
 *   });
 * }
 * ```
 */
export function eventSourceResource<T>(
  request: () => string | URL | EventSourceResourceRequest | undefined,
  options: EventSourceResourceOptions<T, ServerSentEvent> &
    Partial<Record<keyof EventSourceResourceDecoding<never, never>, undefined>>,
): EventSourceResource<T>;
/**
 * The same, with events that are decoded.
 *
 * @param request the URL of the stream, or an object of it and of options, or `undefined` for none; what signals it reads make it run again
 * @param options the decoders, and what the events add up to
 */
export function eventSourceResource<
  T,
  const Decoders extends EventDecoder | Readonly<Record<string, EventDecoder>>,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that only logs
  const Replacement extends ServerSentEvent<unknown> | null | undefined | void = never,
>(
  request: () => string | URL | EventSourceResourceRequest | undefined,
  options: EventSourceResourceOptions<T, DecodedEvent<Decoders> | Extract<Replacement, ServerSentEvent<unknown>>> &
    EventSourceResourceDecoding<Decoders, Replacement>,
): EventSourceResource<T>;
export function eventSourceResource<T>(
  request: () => string | URL | EventSourceResourceRequest | undefined,
  // Of which type the data of events is, the signatures above say.
  options: EventSourceResourceOptions<T, never> & { readonly decode?: unknown; readonly onInvalid?: unknown },
): EventSourceResource<T> {
  checkResource(request, options);
  const { initial, reduce, reduceMany, reset, equal, debugName } = options;
  const { onInvalid = 'error' } = options;
  const decoded = (
    options.decode === undefined ? identity : decode(options.decode as EventDecoder, { onInvalid } as object)
  ) as OperatorFunction<EventSourceLifecycle, EventSourceLifecycle<Event>>;
  checkContext(options, eventSourceResource);
  const injector = options.injector ?? inject(Injector);
  const eventSource = injectEventSource({ injector });
  const defaults = injector.get(SSE_DEFAULTS, {});
  const named = (part: string) => (debugName === undefined ? {} : { debugName: `${debugName}.${part}` });

  let destroyed = false;
  injector.get(DestroyRef).onDestroy(() => (destroyed = true));

  const requested = computed<Requested>(
    () => {
      try {
        const value = request();
        return { value: value instanceof URL ? value.href : value };
      } catch (error) {
        return { thrown: error };
      }
    },
    { equal: (a, b) => 'value' in a && 'value' in b && a.value === b.value, ...named('request') },
  );
  const source = linkedSignal<Requested, Source>({
    source: requested,
    computation: (requested, previous) => {
      if (destroyed && previous) return previous.value;
      try {
        if ('thrown' in requested) throw requested.thrown;
        return requested.value === undefined ? { reloads: 0 } : { stream: createStream(requested.value), reloads: 0 };
      } catch (error) {
        return { error: toError(error), reloads: 0 };
      }
    },
    ...named('source'),
  });
  // All that the signals say is in one, so that it always fits together. A new source starts over, at once.
  const state = linkedSignal<Source, State<T>>({
    source,
    computation: ({ stream, reloads, error }, previous) => {
      const isReload = stream !== undefined && stream === previous?.source.stream;
      return {
        status: error ? 'error' : !stream ? 'idle' : reloads > 0 ? 'reloading' : 'loading',
        error,
        value: isReload ? previous.value.value : initial,
        lastEventId: isReload ? previous.value.lastEventId : '',
        connection: IDLE_CONNECTION,
      };
    },
    ...named('state'),
  });

  function createStream(request: string | EventSourceResourceRequest): Stream {
    const { url, ...options } = isObject(request) ? request : { url: request };
    const { deliver = (flush: Flush) => flush(), scheduler } = mergeOptions(defaults, options);
    checkDeliver(deliver);
    let collecting = false;
    let hasBeenOpen = false;
    /** What has come, and is not written yet. */
    let events: Event[] = [];
    let unwritten: Pick<State<T>, 'value' | 'lastEventId'> | undefined;
    /** Ends what is connected. */
    let fail: (error: unknown) => void;

    const isCurrent = () => !destroyed && untracked(source).stream === stream;
    const take = (event: Event) => {
      const { value } = unwritten ?? untracked(state);
      unwritten = { value: reduce ? reduce(value, event as never) : value, lastEventId: event.lastEventId };
      if (reduceMany) events.push(event);
      if (!collecting) write();
    };
    const write = () => {
      if (!unwritten) return;
      const { value, lastEventId } = unwritten;
      const chunk = events;
      unwritten = undefined;
      events = [];
      const next = reduceMany ? reduceMany(value, chunk as never[]) : value;
      if (isCurrent()) state.update(state => ({ ...state, value: next, lastEventId }));
    };
    const lifecycle = eventSource
      .lifecycle(url, {
        ...options,
        deliver: (flush, heartbeat) => {
          const collect = (limit?: number) => {
            collecting = true;
            const left = flush(limit);
            collecting = false;
            try {
              write();
            } catch (error) {
              fail(error);
            }
            return left;
          };
          return deliver(collect, heartbeat);
        },
      })
      .pipe(decoded);

    const stream: Stream = {
      connect: from => {
        let isReload = from.reloads !== 0;
        /** The connection is the first after `reload()`, and begins from nowhere: that is known, and no gap. */
        let isAnew = false;
        let connection = IDLE_CONNECTION;
        const steps = new Subject<EventSourceLifecycle<Event>>();
        steps.pipe(connectionState({ scheduler })).subscribe(state => (connection = state));
        const change = (change: Partial<State<T>>) => {
          if (!destroyed && untracked(source) === from) state.update(state => ({ ...state, connection, ...change }));
        };
        const follow = (step: EventSourceLifecycle<Event>) => {
          if (!isCurrent()) return;
          steps.next(step);
          if (step.kind === 'event') {
            take(step.event);
            return;
          }
          if (step.kind === 'gap' && reset && !isAnew) {
            write();
            change({ value: reset(untracked(state).value) });
          }
          if (connection === untracked(state).connection) return;
          // A `deliver` that has held events back hands them out together with the steps behind them.
          write();
          if (step.kind === 'open') {
            isAnew = isReload && hasBeenOpen && step.resumedFrom === '';
            change({
              status: 'resolved',
              ...(isAnew && (reset ? { value: reset(untracked(state).value) } : { value: initial, lastEventId: '' })),
            });
            hasBeenOpen = true;
            isReload = false;
          } else {
            change(step.kind === 'closed' ? { status: 'resolved' } : {});
          }
        };
        const failure = new Subject<never>();
        fail = error => failure.error(error);
        return lifecycle.pipe(tap(follow), takeUntil(failure)).subscribe({
          error: (error: unknown) => {
            steps.error(error);
            change({ status: 'error', error: toError(error) });
          },
        });
      },
    };
    return stream;
  }

  let running = Subscription.EMPTY;
  effect(
    onCleanup => {
      const from = source();
      running = untracked(() => from.stream?.connect(from)) ?? Subscription.EMPTY;
      onCleanup(() => running.unsubscribe());
    },
    { injector, ...named('effect') },
  );

  const status = computed(() => state().status, named('status'));
  const error = computed(() => state().error, named('error'));
  const value = computed(() => state().value, { ...(equal && { equal }), ...named('value') });
  const hasValue = computed(() => value() !== undefined, named('hasValue'));
  return {
    value,
    status,
    error,
    isLoading: computed(() => status() === 'loading' || status() === 'reloading', named('isLoading')),
    connection: computed(() => state().connection, named('connection')),
    lastEventId: computed(() => state().lastEventId, named('lastEventId')),
    snapshot: computed(() => {
      const failure = error();
      return failure ? { status: 'error', error: failure } : { status: status(), value: value() };
    }, named('snapshot')),
    hasValue: () => hasValue(),
    reload: () => {
      const { stream } = untracked(source);
      if (destroyed || !stream) return false;
      // Throws where signals must not be written, as in a template: then all is as before.
      source.update(source => ({ ...source, reloads: source.reloads + 1 }));
      // At once: what came after this moment would not be in the value, and would not come again.
      running.unsubscribe();
      return true;
    },
  } as EventSourceResource<T>;
}

type Event = ServerSentEvent<unknown>;

/** What the request function gave, or has thrown. */
type Requested = { readonly value: string | EventSourceResourceRequest | undefined } | { readonly thrown: unknown };

/** What the signals are of: the stream of a request, or why there is none. */
interface Source {
  readonly stream?: Stream;
  readonly error?: Error;
  /** How often it was reloaded. */
  readonly reloads: number;
}

interface Stream {
  connect(from: Source): Subscription;
}

interface State<T> {
  readonly value: T;
  readonly status: ResourceStatus;
  readonly error: Error | undefined;
  readonly connection: ConnectionState;
  readonly lastEventId: string;
}

/** Angular too takes for an error what looks like one, as `HttpErrorResponse` does. */
function toError(error: unknown): Error {
  const { name, message } = Object(error) as Partial<Error>;
  if (typeof name === 'string' && typeof message === 'string') return error as Error;
  return new Error('Expected an Error to be thrown, but it was something else, which is the `cause`', { cause: error });
}
