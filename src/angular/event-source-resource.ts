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
 * - `connection` says the rest: open, waiting and until when, paused, failed and why.
 * - `set` and `update` change `value` by hand; `events` emits each event once it is in `value`.
 *
 * A request that is another than before closes the former connection before the new one is made, and `value` is `initial` again at once.
 * `undefined` closes the stream. Two URLs with the same text are the same request, and so is an object with itself. A request that follows from
 * another resource asks for its value by `chain`.
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
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  options: EventSourceResourceOptions<T, ServerSentEvent> &
    Partial<Record<keyof EventSourceResourceDecoding<never, never>, undefined>>,
): EventSourceResource<T, ServerSentEvent>;
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
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  options: EventSourceResourceOptions<T, DecodedEvent<Decoders> | Extract<Replacement, ServerSentEvent<unknown>>> &
    EventSourceResourceDecoding<Decoders, Replacement>,
): EventSourceResource<T, DecodedEvent<Decoders> | Extract<Replacement, ServerSentEvent<unknown>>>;
export function eventSourceResource<T>(
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  options: GivenOptions<T>,
): EventSourceResource<T> {
  checkResource(request, options);
  checkContext(options, eventSourceResource);
  const { injector = inject(Injector), debugName } = options;
  const transfer = options.transfer?.(injector) as ResourceTransfer<T> | undefined;
  const open = openerOf(options, injector, transfer);

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
    // Throws where signals must not be written, as in a template: then all is as before.
    source.update(source => ({ ...source, reloads: source.reloads + 1 }));
    // At once: what came after this moment would not be in the value, and would not come again.
    running.unsubscribe();
    return true;
  };
  const set = (value: T) => {
    if (destroyed) return;
    // What has come before comes first.
    untracked(source).stream?.write();
    state.update(state => ({ ...state, value }));
  };
  return withSignals<T>(state, { equal: options.equal, debugName, reload, set, events });
}

/** The options, of events of any type: of which, the signatures say. */
interface GivenOptions<T> extends Omit<EventSourceResourceBasics<T, never>, 'snapshot'> {
  readonly reduce?: ((value: T, event: never) => T) | undefined;
  readonly reduceMany?: ((value: T, events: never[]) => T) | undefined;
  readonly snapshot?: unknown;
  readonly decode?: unknown;
  readonly onInvalid?: unknown;
}

/** Makes the stream of a request. Nothing is asked for before it is connected. */
function openerOf<T>(
  options: GivenOptions<T>,
  injector: Injector,
  transfer: ResourceTransfer<T> | undefined,
): (request: string | EventSourceResourceRequest, host: ResourceHost<T>) => ResourceSource<T> {
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

/** All that the signals say is in one, so that it always fits together. A new source starts over, at once. */
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

/** What a resource can do, besides its signals. */
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
    // What is set is a part of the state: events come onto it.
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
