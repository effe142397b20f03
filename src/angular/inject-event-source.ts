import {
  checkContext,
  checkHttpContext,
  checkInjector,
  checkObject,
  checkShared,
  checkStreamOptions,
} from '#angular-checks';
import { isPlatformServer } from '@angular/common';
import { DestroyRef, inject, Injector, NgZone, PLATFORM_ID, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NEVER, Observable, type Unsubscribable } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  type Flush,
  fromEventSource,
  fromEventSourceLifecycle,
  type RoleLifecycle,
  type ServerSentEvent,
} from '../index.js';
import { leaveZone } from './leave-zone.js';
import { notifyBy } from './notify-by.js';
import { type InjectedFetch, SSE_DEFAULTS, type SharedTabsOptions, type SseOptions } from './provide-sse.js';

/** `fromEventSource`, bound to an injector. */
export interface InjectedEventSource {
  /** `fromEventSource`: the events of a stream. */
  (url: string | URL, options?: SseOptions): Observable<ServerSentEvent>;
  /** `fromEventSourceLifecycle`: everything that happens on a stream. */
  readonly lifecycle: {
    /** If tabs share the stream, the lifecycle also has the role of this tab: `leader`, `follower` or `solo`. */
    (
      url: string | URL,
      options: SseOptions & { readonly shareAcrossTabs: true | SharedTabsOptions },
    ): Observable<EventSourceLifecycle | RoleLifecycle>;
    (url: string | URL, options?: SseOptions): Observable<EventSourceLifecycle>;
  };
}

/** The options of `injectEventSource`. */
export interface InjectEventSourceOptions {
  /**
   * The injector that provides the defaults and whose end closes the streams. Required outside of an injection context.
   */
  readonly injector?: Injector | undefined;
}

/**
 * Returns `fromEventSource`, bound to the injector of the component, directive, service or route that calls it.
 *
 * The streams are those of `fromEventSource`, with the defaults of `provideSse` and these differences:
 *
 * - They complete when the injector is destroyed. A destroyed component leaves no connection open.
 * - They are read outside of Angular's zone. They enter it once for each chunk that has something to deliver, but not
 *   for heartbeats (option `zone`). An open stream doesn't block stability or server rendering, and an idle one causes
 *   no change detection.
 * - They don't connect during server rendering (option `ssr`).
 * - They are shared among the tabs of the application if you set `shareAcrossTabs` (see `withSharedTabs`).
 *
 * Everything else works like `fromEventSource`. Each stream is cold and remembers its position, so `retry()` and
 * `repeat()` resume. Unsubscribing closes the connection, as destroying does, and nothing is emitted afterwards. If you
 * subscribe after the injector is destroyed, the stream sends no request, never emits and never completes, because a
 * `repeat()` after it would run forever.
 *
 * Throws a `TypeError` at the call if an option has the wrong type. Throws outside of an injection context, unless you
 * pass an `injector`.
 *
 * @param options an `injector`, if there is no injection context
 *
 * @example
 * ```ts
 * class Ticker {
 *   private readonly eventSource = injectEventSource();
 *   readonly price = toSignal(this.eventSource('/market').pipe(decode({ price: json<Price>() })));
 *   readonly connection = toSignal(this.eventSource.lifecycle('/market').pipe(connectionState()));
 * }
 * ```
 */
export function injectEventSource(options: InjectEventSourceOptions = {}): InjectedEventSource {
  checkObject(options);
  checkContext(options, injectEventSource);
  const { injector = inject(Injector) } = options;
  checkInjector(injector);
  const withDefaults = injector.get(SSE_DEFAULTS, (own: SseOptions) => own);
  const ownFetch: InjectedFetch | undefined = withDefaults({}).fetch;
  const fetchFor = ownFetch?.in?.(injector);
  const ngZone = injector.get(NgZone);
  const destroyRef = injector.get(DestroyRef);
  const onServer = isPlatformServer(injector.get(PLATFORM_ID));
  const outside = (run: () => unknown) => ngZone.runOutsideAngular(run);

  const bind =
    <T>(create: (url: string | URL, options: EventSourceOptions) => Observable<T>) =>
    (url: string | URL, options: SseOptions = {}): Observable<T> => {
      checkObject(options);
      const {
        zone,
        ssr,
        deliver = (flush: Flush) => flush(),
        context,
        fetch,
        shareBy,
        ...others
      } = withDefaults(options);
      checkStreamOptions(deliver, zone, ssr);
      checkHttpContext(context);
      checkShared(others, shareBy);
      const enter = zone === 'outside' ? outside : (run: () => unknown) => ngZone.run(run);
      const own = {
        ...leaveZone(others, ngZone),
        fetch: fetchFor && fetch === ownFetch ? fetchFor(context) : fetch,
        deliver: (flush: Flush, heartbeat: boolean) => (heartbeat ? outside : enter)(() => deliver(flush, heartbeat)),
      };
      const source = shareBy?.(create, url, own, enter) ?? create(url, own);
      const stream = onServer && ssr !== 'connect' ? (NEVER as Observable<T>) : source;
      // `deliver` already emits values in the right zone.
      const notified = stream.pipe(
        takeUntilDestroyed(destroyRef),
        notifyBy(enter, next => next()),
      );
      return new Observable(subscriber => {
        // If it completed at once, a `repeat()` would run forever.
        if (destroyRef.destroyed) return undefined;
        // If an effect subscribes, it must not depend on signals that the first attempt reads, such as a token. Later
        // attempts run outside of the effect.
        return untracked(() => outside(() => notified.subscribe(subscriber))) as Unsubscribable;
      });
    };

  return Object.assign(bind(fromEventSource), { lifecycle: bind(fromEventSourceLifecycle) });
}
