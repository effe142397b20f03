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
  /** `fromEventSourceLifecycle`: all that happens on a stream. */
  readonly lifecycle: {
    /** A stream that tabs share says as well what this tab is: `leader`, `follower` or `solo`. */
    (
      url: string | URL,
      options: SseOptions & { readonly shareAcrossTabs: true | SharedTabsOptions },
    ): Observable<EventSourceLifecycle | RoleLifecycle>;
    (url: string | URL, options?: SseOptions): Observable<EventSourceLifecycle>;
  };
}

/** Where `injectEventSource` is called outside of an injection context. */
export interface InjectEventSourceOptions {
  /** What to take the defaults from, and whose end is that of the streams. */
  readonly injector?: Injector | undefined;
}

/**
 * `fromEventSource`, bound to an injector: to that of the component, directive, service or route in which it is called.
 *
 * Its streams are those of `fromEventSource`, with the defaults of `provideSse`, and
 *
 * - complete when the injector is destroyed: a component that is left leaves no connection behind;
 * - read outside of Angular's zone, and enter it once for each chunk that has something to deliver, never for heartbeats: an open stream
 *   neither keeps the application from being stable, nor has it look for changes where there are none (option `zone`);
 * - do not connect where a page is rendered on the server (option `ssr`),
 * - are shared among the tabs of the application if they ask for it (option `shareAcrossTabs`, `withSharedTabs`).
 *
 * In all else they are as `fromEventSource` has them: what one call gives is cold, emits, errors and reconnects in the same way, and remembers
 * its position, so that `retry()` and `repeat()` behind it resume. Unsubscribing closes the connection as destroying does, and nothing is
 * emitted after either. Subscribed to when the injector is destroyed, it asks for nothing and neither emits nor completes: a `repeat()`
 * behind it would begin again for ever.
 *
 * Options of a wrong type throw a `TypeError` at the call. Outside of an injection context it throws, unless it is given an `injector`.
 *
 * @param options an `injector`, in place of that of the context
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
      // Values come within `deliver`.
      const notified = stream.pipe(
        takeUntilDestroyed(destroyRef),
        notifyBy(enter, next => next()),
      );
      return new Observable(subscriber => {
        // Completing at once would have a `repeat()` begin again for ever.
        if (destroyRef.destroyed) return undefined;
        // What a first attempt reads, a token, is nothing that an effect which subscribes depends on: later ones are not made in it.
        return untracked(() => outside(() => notified.subscribe(subscriber))) as Unsubscribable;
      });
    };

  return Object.assign(bind(fromEventSource), { lifecycle: bind(fromEventSourceLifecycle) });
}
