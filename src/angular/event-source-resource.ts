import { checkContext, checkResource, nameOf } from '#angular-checks';
import {
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  linkedSignal,
  NgZone,
  type ResourceSnapshot,
  type Signal,
  untracked,
  type ValueEqualityFn,
} from '@angular/core';
import { identity, type Observable, Subject, Subscription } from 'rxjs';
import { decode, type DecodedEvent, type EventDecoder, IDLE_CONNECTION, type ServerSentEvent } from '../index.js';
import type {
  EventSourceResource,
  EventSourceResourceBasics,
  EventSourceResourceContext,
  EventSourceResourceDecoding,
  EventSourceResourceOptions,
  EventSourceResourceRequest,
  EventSourceResourceRequested,
} from './event-source-resource-options.js';
import { injectEventSource } from './inject-event-source.js';
import { isObject } from './is-object.js';
import { SSE_DEFAULTS, type SseOptions } from './provide-sse.js';
import { type Requested, requestedBy } from './resource-request.js';
import {
  type Rendered,
  type ResourceEvent,
  type ResourceHost,
  type ResourceSource,
  type ResourceState,
  type ResourceStep,
  ResourceStream,
  type ResourceTransfer,
  toError,
} from './resource-stream.js';

/**
 * Creates a resource for a stream of events, like `httpResource` for responses. It has signals for the value of all
 * events so far and for the state of the stream. It connects with the next effects, and again when the request changes.
 *
 * - `value` starts with `initial`. `reduce` (for each event) or `reduceMany` (for each chunk) computes the next value.
 *   The value is kept while the stream reconnects and resumes, and also after a final failure. Unlike in
 *   `httpResource`, reading `value` never throws, so received data stays on the screen.
 * - `status` is `'idle'` without a request, `'loading'` until the stream first opens, and `'resolved'` afterwards, also
 *   during waits and reconnects, and after completion. It's `'reloading'` after `reload()` until the stream opens
 *   again. It's `'error'`, and `error` is set, only after a final failure: all retries failed, the response is final
 *   (404), an event can't be decoded, or `request`, `reduce`, `reduceMany` or `reset` has thrown.
 * - `connection` has the details: open, waiting and until when, paused, failed and why.
 * - `set` and `update` change `value`. `events` emits each event after it's in `value`.
 *
 * If the request changes, the current connection closes before the new one opens, and `value` is `initial` again at
 * once. `undefined` closes the stream. Two URLs with the same text are the same request, and an object is the same as
 * itself. If a request depends on another resource, read its value with `chain`.
 *
 * Signals are written once per chunk that contains events, and not for heartbeats. The resource doesn't block
 * `ApplicationRef.whenStable` or server rendering. On the server it stays `'loading'`, unless the request has `ssr:
 * 'connect'`. Destroying the injector closes the connection; nothing changes afterwards.
 *
 * `reload()` drops events that are still being decoded, like unsubscribing from `decode`.
 *
 * Throws outside of an injection context, unless you pass an `injector`. Throws a `TypeError` if an option has the
 * wrong type.
 *
 * @param request returns the URL of the stream, an object with the URL and options, or `undefined` for no stream; runs
 * again when signals that it reads change
 * @param options the initial value, the reducer, and everything optional
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
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  options: EventSourceResourceOptions<T, ServerSentEvent> &
    Partial<Record<keyof EventSourceResourceDecoding<never, never>, undefined>>,
): EventSourceResource<T, ServerSentEvent>;
/**
 * Creates a resource for a stream of decoded events.
 *
 * @param request returns the URL of the stream, an object with the URL and options, or `undefined` for no stream; runs
 * again when signals that it reads change
 * @param options the decoders, the initial value, the reducer, and everything optional
 */
export function eventSourceResource<
  T,
  const Decoders extends EventDecoder | Readonly<Record<string, EventDecoder>>,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that only logs
  const Replacement extends ServerSentEvent<unknown> | null | undefined | void = never,
>(
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  options: EventSourceResourceOptions<T, DecodedEvent<Decoders> | Extract<Replacement, ServerSentEvent<unknown>>> &
    EventSourceResourceDecoding<Decoders, Replacement>,
): EventSourceResource<T, DecodedEvent<Decoders> | Extract<Replacement, ServerSentEvent<unknown>>>;
export function eventSourceResource<T>(request: GivenRequest, options: GivenOptions<T>): EventSourceResource<T> {
  checkResource(request, options);
  checkContext(options, eventSourceResource);
  const { injector = inject(Injector), debugName } = options;
  const open = openerOf(options, injector);
  let destroyed = false;
  const events = new Subject<ResourceEvent>();
  injector.get(DestroyRef).onDestroy(() => {
    destroyed = true;
    events.complete();
  });

  const source = linkedSignal<Requested, ResourceSource<T>>({
    source: requestedBy(request, debugName),
    computation: (requested, previous) => {
      if (destroyed && previous) return previous.value;
      try {
        if ('thrown' in requested) throw requested.thrown;
        if (requested.value !== undefined) return open(requested.value, host);
        return { isPending: requested.isPending, reloads: 0 };
      } catch (error) {
        return { error: toError(error), reloads: 0 };
      }
    },
    ...nameOf(debugName, 'source'),
  });
  const state = stateOf(source, options.initial, debugName);
  const host: ResourceHost<T> = {
    options,
    state,
    events,
    zone: injector.get(NgZone),
    source: () => (destroyed ? undefined : untracked(source)),
  };

  let running = Subscription.EMPTY;
  effect(
    onCleanup => {
      const from = source();
      running = untracked(() => from.stream?.connect(from)) ?? Subscription.EMPTY;
      onCleanup(() => running.unsubscribe());
    },
    { injector, ...nameOf(debugName, 'effect') },
  );
  const reload = () => {
    if (!host.source()?.stream) return false;
    // Throws where signals can't be written, for example in a template. Nothing has changed then.
    source.update(source => ({ ...source, reloads: source.reloads + 1 }));
    // At once: events that arrive from now on wouldn't be in the value, and wouldn't be sent again.
    running.unsubscribe();
    return true;
  };
  const set = (value: T) => {
    if (destroyed) return;
    // Writes earlier events first.
    untracked(source).stream?.write();
    state.update(state => ({ ...state, value }));
  };
  return withSignals<T>(state, { equal: options.equal, debugName, reload, set, events });
}

type GivenRequest = (context: EventSourceResourceContext) => EventSourceResourceRequested;

/** The options for events of any type. The signatures define which. */
interface GivenOptions<T> extends Omit<EventSourceResourceBasics<T, never>, 'snapshot'> {
  readonly reduce?: ((value: T, event: never) => T) | undefined;
  readonly reduceMany?: ((value: T, events: never[]) => T) | undefined;
  readonly snapshot?: unknown;
  readonly decode?: unknown;
  readonly onInvalid?: unknown;
}

/** Returns a function that creates the stream of a request. The stream sends nothing until it's connected. */
function openerOf<T>(
  options: GivenOptions<T>,
  injector: Injector,
): (request: string | EventSourceResourceRequest, host: ResourceHost<T>) => ResourceSource<T> {
  const transfer = options.transfer?.(injector) as ResourceTransfer<T> | undefined;
  const { onInvalid = 'error' } = options;
  const decoded =
    options.decode === undefined ? identity : decode(options.decode as EventDecoder, { onInvalid } as object);
  const begun = options.snapshot ?? identity;
  const stepsOf = (steps: Observable<unknown>) =>
    steps.pipe(decoded as typeof identity, begun as typeof identity) as Observable<ResourceStep>;
  const eventSource = injectEventSource({ injector });
  const withDefaults = injector.get(SSE_DEFAULTS, identity<SseOptions>);
  return (request, host) => {
    const { url, ...given } = isObject(request) ? request : { url: request };
    const merged = withDefaults(given);
    const before = transfer?.take(merged, host);
    const own = before ? { ...given, lastEventId: before.origin } : given;
    const open = (deliver: SseOptions['deliver']) => stepsOf(eventSource.lifecycle(url, { ...own, deliver }));
    return { stream: new ResourceStream(host, merged, open, before !== undefined), reloads: 0, rendered: before };
  };
}

/** The state of all signals in one signal, so that they are always consistent. A new source starts again at once. */
function stateOf<T>(source: Signal<ResourceSource<T>>, initial: T, debugName: string | undefined) {
  return linkedSignal<ResourceSource<T>, ResourceState<T>>({
    source,
    computation: ({ stream, reloads, error, isPending, rendered }, previous) => {
      const isReload = stream !== undefined && stream === previous?.source.stream;
      const { value, lastEventId }: Rendered<T> = isReload
        ? previous.value
        : (rendered ?? { value: initial, lastEventId: '' });
      const isIdle = !stream && !isPending;
      return {
        status: error ? 'error' : isIdle ? 'idle' : reloads > 0 ? 'reloading' : rendered ? 'resolved' : 'loading',
        error,
        value,
        lastEventId,
        connection: IDLE_CONNECTION,
      };
    },
    ...nameOf(debugName, 'state'),
  });
}

/** The functions of a resource. */
interface Actions<T> {
  readonly equal: ValueEqualityFn<T> | undefined;
  readonly debugName: string | undefined;
  readonly reload: () => boolean;
  readonly set: (value: T) => void;
  readonly events: Subject<ResourceEvent>;
}

function withSignals<T>(
  state: Signal<ResourceState<T>>,
  { equal, debugName, reload, set, events }: Actions<T>,
): EventSourceResource<T> {
  const status = computed(() => state().status, nameOf(debugName, 'status'));
  const error = computed(() => state().error, nameOf(debugName, 'error'));
  const current = linkedSignal(() => state().value, { ...(equal && { equal }), ...nameOf(debugName, 'value') });
  const update = (change: (value: T) => T) => set(change(untracked(current)));
  const hasValue = computed(() => current() !== undefined, nameOf(debugName, 'hasValue'));
  const resource = {
    // The set value is part of the state, so the next events are reduced onto it.
    value: Object.assign(current, { set, update }),
    status,
    error,
    isLoading: computed(() => status().endsWith('loading'), nameOf(debugName, 'isLoading')),
    connection: computed(() => state().connection, nameOf(debugName, 'connection')),
    lastEventId: computed(() => state().lastEventId, nameOf(debugName, 'lastEventId')),
    snapshot: computed(
      () => {
        const failure = error();
        return (
          failure ? { status: 'error', error: failure } : { status: status(), value: current() }
        ) as ResourceSnapshot<T>;
      },
      nameOf(debugName, 'snapshot'),
    ),
    hasValue,
    events: events.asObservable(),
    reload,
    set,
    update,
    asReadonly: () => resource,
  };
  return resource as unknown as EventSourceResource<T>;
}
