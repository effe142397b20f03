// Uses the whole public API of `rx-sse/angular`, as `public-face.ts` uses that of the package.
import {
  HttpBackend,
  type HttpFeature,
  type HttpFeatureKind,
  HttpXhrBackend,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { computed, type EnvironmentProviders, type Injector, type Resource, type Signal } from '@angular/core';
import type { Observable } from 'rxjs';
import {
  type ConnectionState,
  type DecodedEvent,
  type EventSourceLifecycle,
  type FetchLike,
  json,
  type RoleLifecycle,
  type ServerSentEvent,
} from '../../src/index.js';
import {
  type EventSourceResource,
  eventSourceResource,
  type EventSourceResourceBasics,
  type EventSourceResourceContext,
  type EventSourceResourceDecoding,
  type EventSourceResourceOptions,
  type EventSourceResourceReducer,
  type EventSourceResourceRequest,
  type EventSourceResourceRequested,
  type InjectedEventSource,
  injectEventSource,
  type InjectEventSourceOptions,
  provideSse,
  type SharedTabsOptions,
  secondsUntil,
  type SecondsUntilOptions,
  type SseFeature,
  type SseOptions,
  withDefaults,
  withHttpClient,
  withSse,
  withSharedTabs,
  type WithSharedTabsOptions,
  type WithSseOptions,
  withTransferState,
} from '../../src/angular/index.js';

interface Message {
  readonly text: string;
}

const options: SseOptions = { zone: 'outside', ssr: 'connect', idleTimeout: 45_000 };
const defaults: SseFeature = withDefaults(() => options);
const transport: FetchLike = (url: string, init: RequestInit) => fetch(url, init);
const shared: SharedTabsOptions = { replay: 1, bufferSize: 10 };
const tabs: WithSharedTabsOptions = { key: () => 'ada' };
const backends: WithSseOptions = { backend: HttpXhrBackend, fetch: transport };
const feature: HttpFeature<HttpFeatureKind> = withSse(backends);

export const providers: EnvironmentProviders[] = [
  provideHttpClient(withInterceptors([(request, next) => next(request)]), feature),
  provideHttpClient(withSse()),
  provideSse(withHttpClient(), withDefaults(options), defaults, withSharedTabs(tabs)),
];

declare const injector: Injector;
const where: InjectEventSourceOptions = { injector };
const eventSource: InjectedEventSource = injectEventSource(where);

export const events: Observable<ServerSentEvent> = eventSource('/chat', options);
export const steps: Observable<EventSourceLifecycle | RoleLifecycle> = eventSource.lifecycle('/presence', {
  shareAcrossTabs: shared,
});
export const lifecycle: Observable<EventSourceLifecycle> = injectEventSource().lifecycle(new URL('https://chat.test/'));

const request = (): EventSourceResourceRequest | undefined => ({ url: '/chat', method: 'POST', ...options });
const decoders = { message: json<Message>() };
const decoding: EventSourceResourceDecoding<typeof decoders, never> = { decode: decoders, onInvalid: 'skip' };
const summing: EventSourceResourceOptions<readonly Message[], DecodedEvent<typeof decoders>> = {
  initial: [],
  reduceMany: (all, chunk) => [...all, ...chunk.map(({ data }) => data)],
  reset: () => [],
  equal: (a, b) => a.length === b.length,
  injector,
  debugName: 'chat',
};

export const chat: EventSourceResource<readonly Message[]> = eventSourceResource(request, {
  ...summing,
  ...decoding,
});
export const count: Resource<number> = eventSourceResource(() => '/chat', { initial: 0, reduce: sum => sum + 1 });
export const last = eventSourceResource(() => undefined, {
  initial: undefined as ServerSentEvent | undefined,
  reduce: (_, event: ServerSentEvent) => event,
});

const basics: EventSourceResourceBasics<number, ServerSentEvent> = { initial: 0, transfer: withTransferState('sum') };
const reducer: EventSourceResourceReducer<number, ServerSentEvent> = { reduce: (sum, { data }) => sum + data.length };
const follow = ({ chain }: EventSourceResourceContext): EventSourceResourceRequested => `/chat/${chain(count)}`;
export const sum = eventSourceResource(follow, { ...basics, ...reducer });
sum.update(value => value + 1);
export const texts: Observable<ServerSentEvent> = sum.events;

const until: SecondsUntilOptions = { injector };
export const seconds: Signal<number | null> = secondsUntil(chat.connection, until);
const connection: Signal<ConnectionState> = chat.connection;
const lastEventId: Signal<string> = chat.lastEventId;
export const text = computed((): string => {
  const shown = last.hasValue() ? last.value().data : chat.value()[0]?.text;
  return `${connection().status} ${lastEventId()} ${String(chat.reload())} ${shown ?? ''}`;
});

export const mistaken: SseOptions = {
  // @ts-expect-error -- it is 'batch' or 'outside'
  zone: 'inside',
};

export const neither: WithSseOptions = {
  // @ts-expect-error -- the class of a backend is needed, not the token
  backend: HttpBackend,
};

// @ts-expect-error -- `reduce` needs an initial value
eventSourceResource(() => '/chat', { reduce: (sum: number) => sum + 1 });
