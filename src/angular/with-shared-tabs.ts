import { checkSharedTabs } from '#angular-checks';
import { isPlatformServer } from '@angular/common';
import { DOCUMENT, inject, Injector, PLATFORM_ID, runInInjectionContext, untracked } from '@angular/core';
import { defer, identity, type Observable, type OperatorFunction } from 'rxjs';
import { type EventSourceOptions, events, fromEventSource, fromEventSourceLifecycle } from '../index.js';
import { shareAcrossTabs, type TabLifecycle, type TabPlatform } from '../tabs/index.js';
import { isObject } from './is-object.js';
import type { ShareBy, SseFeature } from './provide-sse.js';

/** The options of `withSharedTabs`. */
export interface WithSharedTabsOptions {
  /**
   * Names the user: a tab of another user must not get these events. It is called for each subscription, where `inject` can be used. Without an answer
   * (`undefined`, `null`, `''`), as if nobody is logged in, a tab has a connection of its own.
   */
  readonly key: () => string | null | undefined;
  /**
   * What tabs reach each other by, for tests: `fakeTabs` of `rx-sse/testing`.
   * @default locks, channels and the page of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

/**
 * Has the tabs of an application share the streams that ask for it (`shareAcrossTabs: true`): one of them has the connection, and sends what comes to the
 * others. See `shareAcrossTabs` of `rx-sse/tabs`, which it loads.
 *
 * Tabs share a stream if the key and the URL are the same. The options of the request, its interceptors included, are those of the tab that leads; a store
 * (`lastEventId`) as well. `endForAll(user)` of `rx-sse/tabs` ends all streams of a user, in all tabs: call it when somebody logs out.
 *
 * A stream that asks for it where no `withSharedTabs` is provided throws a `TypeError` in development, and isn't shared in production.
 *
 * @param options `key`; `platform`, for tests. Options of a wrong type throw a `TypeError` at the call.
 *
 * @example
 * ```ts
 * provideSse(withSharedTabs({ key: () => inject(Session).userId }));
 *
 * class Presence {
 *   private readonly eventSource = injectEventSource();
 *   readonly last = toSignal(this.eventSource('/presence', { shareAcrossTabs: { replay: 1 } }));
 * }
 * ```
 */
export function withSharedTabs(options: WithSharedTabsOptions): SseFeature {
  checkSharedTabs(options);
  const { key, platform } = options;
  const shareByInjector = (): ShareBy => {
    const injector = inject(Injector);
    const document = inject(DOCUMENT);
    const onServer = isPlatformServer(inject(PLATFORM_ID));
    const user = () => untracked(() => runInInjectionContext(injector, key));
    return (create, url, { shareAcrossTabs: shared, ...options }, enter) => {
      const alone = create(url, options);
      // What is shared on a server would be between its users.
      if (!shared || onServer) return alone;
      const { scheduler, deliver } = options;
      const { id, openFrom } = openerOf(url, options);
      const select = (create === (fromEventSource as unknown) ? events() : identity) as OperatorFunction<
        TabLifecycle,
        never
      >;
      const shareFor = (user: string) =>
        shareAcrossTabs(({ lastEventId }) => openFrom(lastEventId), {
          ...(isObject(shared) ? shared : {}),
          key: `${user}/${new URL(url, document.baseURI).href}`,
          lastEventId: id,
          // Other tabs don't wait: what `deliver` doesn't flush is delivered in the same place.
          deliver: (flush, heartbeat) => {
            deliver(flush, heartbeat);
            if (flush(0) > 0) enter(flush);
          },
          scheduler,
          platform,
        }).pipe(select);
      return forUser(user, alone, shareFor);
    };
  };
  return { defaults: () => ({ shareBy: shareByInjector() }) };
}

/** Opens a stream behind an id, wherever its options keep that. */
function openerOf(url: string | URL, options: EventSourceOptions) {
  const { lastEventId: given } = options;
  const open = (lastEventId: EventSourceOptions['lastEventId']) =>
    fromEventSourceLifecycle(url, { ...options, lastEventId });
  if (!isObject(given)) return { id: given, openFrom: open };
  let from = '';
  // One object, by which streams wait for each other.
  const store: typeof given = { get: () => from || given.get(), set: id => given.set(id) };
  const openFrom = (id: string) => {
    from = id;
    return open(store);
  };
  return { id: undefined, openFrom };
}

/** A stream keeps its place from one subscription to the next, as long as the user is the same. */
function forUser<T>(
  userNow: () => string | null | undefined,
  alone: Observable<T>,
  shareFor: (user: string) => Observable<T>,
): Observable<T> {
  let last: { readonly user: string; readonly shared: Observable<T> } | undefined;
  return defer(() => {
    const user = userNow();
    if (!user) return alone;
    if (last?.user !== user) last = { user, shared: shareFor(user) };
    return last.shared;
  });
}
