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
   * Returns the id of the user, because a tab of another user must not receive these events. Called for each
   * subscription, and can use `inject`. If it returns `undefined`, `null` or `''`, for example because nobody is logged
   * in, the tab opens its own connection.
   */
  readonly key: () => string | null | undefined;
  /**
   * The platform for tests: `fakeTabs` of `rx-sse/testing`.
   * @default the locks, channels and page of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

/**
 * Lets the tabs of an application share streams that have the option `shareAcrossTabs: true`. One tab has the
 * connection and sends everything to the other tabs. See `shareAcrossTabs` of `rx-sse/tabs`, which it loads.
 *
 * Tabs share a stream if the key and the URL are the same. The leading tab sends the request with its own options and
 * interceptors, and uses its own store (`lastEventId`). When a user logs out, call `endForAll(user)` of `rx-sse/tabs`
 * to end all streams of that user in all tabs.
 *
 * If a stream has this option but `withSharedTabs` isn't provided, it throws a `TypeError` in development, and isn't
 * shared in production.
 *
 * @param options `key`, and `platform` for tests; an option of a wrong type throws a `TypeError` at the call
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
      // On a server, streams would be shared between users.
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
          // Other tabs don't wait, so items that `deliver` doesn't flush are delivered right after it.
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

/** Opens a stream after an id, wherever its options keep the position. */
function openerOf(url: string | URL, options: EventSourceOptions) {
  const { lastEventId: given } = options;
  const open = (lastEventId: EventSourceOptions['lastEventId']) =>
    fromEventSourceLifecycle(url, { ...options, lastEventId });
  if (!isObject(given)) return { id: given, openFrom: open };
  let from = '';
  // One object, so that streams wait for each other.
  const store: typeof given = { get: () => from || given.get(), set: id => given.set(id) };
  const openFrom = (id: string) => {
    from = id;
    return open(store);
  };
  return { id: undefined, openFrom };
}

/** Keeps the position of a stream from one subscription to the next, as long as the user is the same. */
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
