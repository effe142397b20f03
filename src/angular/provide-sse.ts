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

/** The options of `fromEventSource`, plus those for Angular applications. */
export interface SseOptions extends EventSourceOptions {
  /**
   * The zone that delivers values. `'batch'` enters Angular's zone once for each chunk that has something to deliver.
   * `'outside'` never enters it; use this for a stream that only sets signals. Heartbeats don't enter the zone, and
   * bytes are always read outside of it. Your own `deliver` is called in the same zone. Without zone.js, there is no
   * difference.
   * @default 'batch'
   */
  readonly zone?: 'batch' | 'outside' | undefined;
  /**
   * Whether the stream connects during server rendering. `'idle'` doesn't connect and emits nothing, `'connect'`
   * connects. Rendering doesn't wait for either. To wait for the first event with `'connect'`, use
   * `pendingUntilEvent()` of `@angular/core/rxjs-interop`.
   * @default 'idle'
   */
  readonly ssr?: 'idle' | 'connect' | undefined;
  /**
   * The `context` of each attempt's request for your interceptors, with `provideSse(withHttpClient())`. Each attempt
   * has its own copy, so changes don't carry over to the next attempt.
   * @default an empty context
   */
  readonly context?: HttpContext | undefined;
  /**
   * Shares the stream among the tabs of the application, with `provideSse(withSharedTabs(…))`. All tabs of the same
   * user that request the same URL have one connection. Only for GET requests without a body. An object means `true`
   * with the options `replay` and `bufferSize` (in events) of `shareAcrossTabs` of `rx-sse/tabs`.
   * @default false
   */
  readonly shareAcrossTabs?: boolean | SharedTabsOptions | undefined;
  /**
   * Set by `withSharedTabs`, so that only applications that use it load its code.
   * @internal
   */
  readonly shareBy?: ShareBy | undefined;
}

/** A `fetch` that depends on the injector and the `context` of a stream. It's never called itself. */
export interface InjectedFetch extends FetchLike {
  readonly in?: (injector: Injector) => (context: HttpContext | undefined) => FetchLike;
}

/** A feature of `provideSse`, from `withDefaults`, `withHttpClient` or `withSharedTabs`. */
export interface SseFeature {
  /** @internal */
  readonly defaults: () => SseOptions;
}

/** The options of a stream that tabs share. */
export type SharedTabsOptions = Pick<ShareAcrossTabsOptions, 'bufferSize' | 'replay'>;

/**
 * Creates a stream. If its options say so, tabs share it.
 *
 * @param create creates a stream that isn't shared: `fromEventSource` or `fromEventSourceLifecycle`
 * @param options the options with the defaults; `deliver` enters the zone
 * @param enter runs a function in the zone of the values
 */
export type ShareBy = <T>(
  create: (url: string | URL, options: EventSourceOptions) => Observable<T>,
  url: string | URL,
  options: Pick<SseOptions, 'shareAcrossTabs'> & EventSourceOptions & { readonly deliver: Deliver },
  enter: (run: () => unknown) => unknown,
) => Observable<T>;

type Deliver = NonNullable<EventSourceOptions['deliver']>;

/** Adds the defaults of an injector to the options of a stream. Applications without defaults don't load its code. */
export const SSE_DEFAULTS = new InjectionToken<(options: SseOptions) => SseOptions>('rx-sse defaults');

/** The features of all `provideSse` calls in one injector. */
const SSE_FEATURES = new InjectionToken<readonly SseFeature[]>('rx-sse features');

/**
 * Configures the streams of an application or a route, for `injectEventSource` and `eventSourceResource`. You only need
 * it to set defaults.
 *
 * If two features set the same option, the later one wins, even in separate calls: `mergeApplicationConfig` adds the
 * options for the server. The features of a route come after those of the application. Options are merged one by one,
 * and headers by name; `reconnect` counts as one option.
 *
 * @param features `withDefaults(…)`, `withHttpClient()`, `withSharedTabs(…)`; anything else throws a `TypeError` at the
 * call
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

/** Merges options; `options` override `defaults`. Leaves out `undefined`, which means "not set" for all options. */
function mergeOptions(defaults: SseOptions, options: SseOptions): SseOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const headers = mergeHeaders(defaults.headers, options.headers);
  return { ...defaults, ...Object.fromEntries(given), ...(headers && { headers }) };
}

/**
 * Sets the options of all streams. The options of a single stream override them.
 *
 * @param defaults the options, or a function that returns them; it runs once for each injector with `provideSse`, and
 * can use `inject`. Anything else throws a `TypeError` at the call. Options of a wrong type throw when a stream is
 * created.
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
