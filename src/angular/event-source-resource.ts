import { checkContext, checkResource } from '#angular-checks';
import {
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  linkedSignal,
  type ResourceSnapshot,
  type Signal,
  untracked,
} from '@angular/core';
import { identity, type Observable, Subscription } from 'rxjs';
import { decode, type DecodedEvent, type EventDecoder, IDLE_CONNECTION, type ServerSentEvent } from '../index.js';
import type {
  EventSourceResource,
  EventSourceResourceDecoding,
  EventSourceResourceOptions,
  EventSourceResourceRequest,
} from './event-source-resource-options.js';
import { injectEventSource } from './inject-event-source.js';
import { isObject } from './is-object.js';
import { mergeOptions, SSE_DEFAULTS } from './provide-sse.js';
import {
  type ResourceHost,
  type ResourceSource,
  type ResourceState,
  type ResourceStep,
  ResourceStream,
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
  checkContext(options, eventSourceResource);
  const { onInvalid = 'error', injector = inject(Injector) } = options;
  const decoded = (
    options.decode === undefined ? identity : decode(options.decode as EventDecoder, { onInvalid } as object)
  ) as (steps: Observable<unknown>) => Observable<ResourceStep>;
  const eventSource = injectEventSource({ injector });
  const defaults = injector.get(SSE_DEFAULTS, {});
  const named = namesOf(options.debugName);

  let destroyed = false;
  injector.get(DestroyRef).onDestroy(() => (destroyed = true));

  const streamOf = (request: string | EventSourceResourceRequest) => {
    const { url, ...given } = isObject(request) ? request : { url: request };
    return new ResourceStream(host, mergeOptions(defaults, given), deliver =>
      decoded(eventSource.lifecycle(url, { ...given, deliver })),
    );
  };
  const requested = requestedBy(request, named);
  const source = linkedSignal<Requested, ResourceSource<T>>({
    source: requested,
    computation: (requested, previous) => {
      if (destroyed && previous) return previous.value;
      try {
        if ('thrown' in requested) throw requested.thrown;
        return requested.value === undefined ? { reloads: 0 } : { stream: streamOf(requested.value), reloads: 0 };
      } catch (error) {
        return { error: toError(error), reloads: 0 };
      }
    },
    ...named('source'),
  });
  const state = stateOf(source, options.initial, named);
  const host: ResourceHost<T> = { options, state, source: () => (destroyed ? undefined : untracked(source)) };

  let running = Subscription.EMPTY;
  effect(
    onCleanup => {
      const from = source();
      running = untracked(() => from.stream?.connect(from)) ?? Subscription.EMPTY;
      onCleanup(() => running.unsubscribe());
    },
    { injector, ...named('effect') },
  );
  const reload = () => {
    if (!host.source()?.stream) return false;
    // Throws where signals must not be written, as in a template: then all is as before.
    source.update(source => ({ ...source, reloads: source.reloads + 1 }));
    // At once: what came after this moment would not be in the value, and would not come again.
    running.unsubscribe();
    return true;
  };
  return { ...signalsOf(state, options.equal, named), reload } as EventSourceResource<T>;
}

/** The option `debugName` of a part of the resource. */
type Named = (part: string) => { readonly debugName?: string };

const namesOf =
  (debugName: string | undefined): Named =>
  part =>
    debugName === undefined ? {} : { debugName: `${debugName}.${part}` };

/** What the request function gave, or has thrown. */
type Requested = { readonly value: string | EventSourceResourceRequest | undefined } | { readonly thrown: unknown };

function requestedBy(
  request: () => string | URL | EventSourceResourceRequest | undefined,
  named: Named,
): Signal<Requested> {
  return computed<Requested>(
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
}

/** All that the signals say is in one, so that it always fits together. A new source starts over, at once. */
function stateOf<T>(source: Signal<ResourceSource<T>>, initial: T, named: Named) {
  return linkedSignal<ResourceSource<T>, ResourceState<T>>({
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
}

function signalsOf<T>(
  state: Signal<ResourceState<T>>,
  equal: EventSourceResourceOptions<T, never>['equal'],
  named: Named,
): Omit<EventSourceResource<T>, 'reload' | 'hasValue'> & { hasValue(): boolean } {
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
      return (
        failure ? { status: 'error', error: failure } : { status: status(), value: value() }
      ) as ResourceSnapshot<T>;
    }, named('snapshot')),
    hasValue: () => hasValue(),
  };
}
