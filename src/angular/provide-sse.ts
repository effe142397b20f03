import { checkDefaults, checkFeatures, checkMadeDefaults } from '#angular-checks';
import type { HttpContext } from '@angular/common/http';
import {
  type EnvironmentProviders,
  inject,
  InjectionToken,
  type Injector,
  makeEnvironmentProviders,
} from '@angular/core';
import type { Observable } from 'rxjs';
import type { EventSourceOptions, FetchLike } from '../index.js';
import type { ShareAcrossTabsOptions } from '../tabs/index.js';
import { mergeHeaders } from './merge-headers.js';

/** The options of `fromEventSource`, and how a stream fits into an Angular application. */
export interface SseOptions extends EventSourceOptions {
  /**
   * Where values are handed out: `'batch'` enters Angular's zone once for each chunk that has something to deliver, `'outside'`
   * never does, which suits a stream that only sets signals. Heartbeats do not enter it, and bytes are always read outside of it.
   * An option `deliver` is called there, too. Without zone.js there is no difference.
   * @default 'batch'
   */
  readonly zone?: 'batch' | 'outside' | undefined;
  /**
   * What a stream does where a page is rendered on the server: `'idle'` does not connect and emits nothing, `'connect'` connects. The page
   * waits for neither: with `'connect'`, `pendingUntilEvent()` of `@angular/core/rxjs-interop` has it wait for the first event.
   * @default 'idle'
   */
  readonly ssr?: 'idle' | 'connect' | undefined;
  /**
   * What interceptors find in the `context` of each attempt's request, with `provideSse(withHttpClient())`. Each attempt has a copy: what one sets there is
   * not seen by the next.
   * @default an empty one
   */
  readonly context?: HttpContext | undefined;
  /**
   * Shares the stream among the tabs of the application, with `provideSse(withSharedTabs(…))`: those of the same user that ask for the same URL
   * have one connection. Only for a GET request without a body. An object is `true`, with options of `shareAcrossTabs` of `rx-sse/tabs`: `replay` and
   * `bufferSize`, in events.
   * @default false
   */
  readonly shareAcrossTabs?: boolean | SharedTabsOptions | undefined;
  /**
   * What `withSharedTabs` adds: who shares no stream does not load what that takes.
   * @internal
   */
  readonly shareBy?: ShareBy | undefined;
}

/** A `fetch` that is another one in each injector that streams are made in, with their `context`. It is never called itself. */
export interface InjectedFetch extends FetchLike {
  readonly in?: (injector: Injector) => (context: HttpContext | undefined) => FetchLike;
}

/** What `provideSse` takes: made by `withDefaults`, `withHttpClient` and `withSharedTabs`. */
export interface SseFeature {
  /** @internal */
  readonly defaults: () => SseOptions;
}

/** The options of a stream that tabs share. */
export type SharedTabsOptions = Pick<ShareAcrossTabsOptions, 'bufferSize' | 'replay'>;

/**
 * Makes a stream, which tabs share if its options say so.
 *
 * @param create makes one that isn't shared: `fromEventSource`, or `fromEventSourceLifecycle`
 * @param options with the defaults; `deliver` enters the zone
 * @param enter runs something in the zone, if values are to come there
 */
export type ShareBy = <T>(
  create: (url: string | URL, options: EventSourceOptions) => Observable<T>,
  url: string | URL,
  options: Pick<SseOptions, 'shareAcrossTabs'> & EventSourceOptions & { readonly deliver: Deliver },
  enter: (run: () => unknown) => unknown,
) => Observable<T>;

type Deliver = NonNullable<EventSourceOptions['deliver']>;

/** Puts the defaults of an injector behind the options of a stream. Who has none does not load what that takes. */
export const SSE_DEFAULTS = new InjectionToken<(options: SseOptions) => SseOptions>('rx-sse defaults');

/** The features of one injector, of each `provideSse` in it. */
const SSE_FEATURES = new InjectionToken<readonly SseFeature[]>('rx-sse features');

/**
 * Sets up the streams of an application, or of a route: what `injectEventSource` and `eventSourceResource` begin with. An application that
 * needs no defaults needs no `provideSse`.
 *
 * Of two features that set the same option the later one counts, also where they stand in two calls: `mergeApplicationConfig` adds what is
 * of the server alone. A route's features come after those of the application. Options count one by one, and headers name by name; `reconnect` is one.
 *
 * @param features `withDefaults(…)`, `withHttpClient()`, `withSharedTabs(…)`; what is not one throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * bootstrapApplication(App, {
 *   providers: [
 *     provideHttpClient(withInterceptors([auth]), withSse()),
 *     provideSse(withHttpClient(), withDefaults({ idleTimeout: 45_000 })),
 *   ],
 * });
 * ```
 */
export function provideSse(...features: readonly SseFeature[]): EnvironmentProviders {
  checkFeatures(features);
  return makeEnvironmentProviders([
    features.map(useValue => ({ provide: SSE_FEATURES, useValue, multi: true })),
    {
      provide: SSE_DEFAULTS,
      useFactory: () => {
        const inherited = inject(SSE_DEFAULTS, { optional: true, skipSelf: true })?.({}) ?? {};
        const own = inject(SSE_FEATURES, { optional: true, self: true }) ?? [];
        const add = (options: SseOptions, feature: SseFeature) => mergeOptions(options, feature.defaults());
        const defaults = own.reduce(add, inherited);
        return (options: SseOptions) => mergeOptions(defaults, options);
      },
    },
  ]);
}

/** The options of both, `options` before `defaults`. What is `undefined` is left out, as it is everywhere among options. */
function mergeOptions(defaults: SseOptions, options: SseOptions): SseOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const headers = mergeHeaders(defaults.headers, options.headers);
  return { ...defaults, ...Object.fromEntries(given), ...(headers && { headers }) };
}

/**
 * The options of all streams, which the options of a single stream come before.
 *
 * @param defaults the options, or a function that gives them: it runs once for each injector with `provideSse`, where `inject` can be used.
 *   What is neither throws a `TypeError` at the call; options of a wrong type do so where a stream is made of them.
 *
 * @example
 * ```ts
 * provideSse(
 *   withDefaults(() => {
 *     const session = inject(Session);
 *     return { headers: () => ({ authorization: `Bearer ${session.token()}` }) };
 *   }),
 * );
 * ```
 */
export function withDefaults(defaults: SseOptions | (() => SseOptions)): SseFeature {
  const isFactory = typeof defaults === 'function';
  checkDefaults(defaults);
  return {
    defaults: () => {
      const options = isFactory ? defaults() : defaults;
      checkMadeDefaults(options);
      return options;
    },
  };
}
