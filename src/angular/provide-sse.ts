import { type EnvironmentProviders, inject, InjectionToken, makeEnvironmentProviders } from '@angular/core';
import type { EventSourceOptions } from '../index.js';

/** The options of `fromEventSource`, and how a stream fits into an Angular application. */
export interface SseOptions extends EventSourceOptions {
  /**
   * Where values are handed out: `'batch'` enters Angular's zone once for each chunk that has something to deliver, `'outside'`
   * never does, which suits a stream that only sets signals. Heartbeats do not enter it, and bytes are always read outside of it.
   * Without zone.js there is no difference.
   * @default 'batch'
   */
  readonly zone?: 'batch' | 'outside' | undefined;
  /**
   * What a stream does where a page is rendered on the server: `'idle'` does not connect and emits nothing, `'connect'` connects.
   * @default 'idle'
   */
  readonly ssr?: 'idle' | 'connect' | undefined;
}

/** What `provideSse` takes: made by `withDefaults` and `withHttpClient`. */
export interface SseFeature {
  /** @internal */
  readonly defaults: () => SseOptions;
}

/** What streams have in common. */
export const SSE_DEFAULTS = new InjectionToken<SseOptions>('rx-sse defaults');

/**
 * Sets up the streams of an application, or of a route: what `injectEventSource` and `eventSourceResource` begin with. An application that
 * needs no defaults needs no `provideSse`.
 *
 * Of two features that set the same option the later one counts. A route's features come after those of the application.
 *
 * @param features `withDefaults(…)`, `withHttpClient()`; what is not one throws a `TypeError` at the call
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
  for (const feature of features) {
    if (typeof (feature as Partial<SseFeature> | undefined)?.defaults !== 'function') {
      throw new TypeError(
        'Expected features of `provideSse`: withDefaults(…), withHttpClient(). (`withSse()` is one of `provideHttpClient`.)',
      );
    }
  }
  return makeEnvironmentProviders([
    {
      provide: SSE_DEFAULTS,
      useFactory: () =>
        features.reduce<SseOptions>(
          (all, feature) => ({ ...all, ...feature.defaults() }),
          inject(SSE_DEFAULTS, { optional: true, skipSelf: true }) ?? {},
        ),
    },
  ]);
}

/**
 * The options of all streams, which the options of a single stream come before.
 *
 * @param defaults the options, or a function that gives them: it runs once, where `inject` can be used
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
  return { defaults: () => (typeof defaults === 'function' ? defaults() : defaults) };
}
