// The whole face of the door for Angular, as `public-face.ts` shows that of the package.
import { type EnvironmentProviders, type Injector } from '@angular/core';
import type { Observable } from 'rxjs';
import { type EventSourceLifecycle, type ServerSentEvent } from '../../src/index.js';
import {
  type InjectedEventSource,
  injectEventSource,
  type InjectEventSourceOptions,
  provideSse,
  type SseFeature,
  type SseOptions,
  withDefaults,
} from '../../src/angular/index.js';

const options: SseOptions = { zone: 'outside', ssr: 'connect', idleTimeout: 45_000 };
const defaults: SseFeature = withDefaults(() => options);

export const providers: EnvironmentProviders = provideSse(withDefaults(options), defaults);

declare const injector: Injector;
const where: InjectEventSourceOptions = { injector };
const eventSource: InjectedEventSource = injectEventSource(where);

export const events: Observable<ServerSentEvent> = eventSource('/chat', options);
export const lifecycle: Observable<EventSourceLifecycle> = injectEventSource().lifecycle(new URL('https://chat.test/'));

export const mistaken: SseOptions = {
  // @ts-expect-error -- it is batched, or left outside
  zone: 'inside',
};
