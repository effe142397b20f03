import { checkSharedTabs } from '#angular-checks';
import { DOCUMENT, inject, Injector, runInInjectionContext, untracked } from '@angular/core';
import { defer, type Observable } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  type RoleLifecycle,
} from '../index.js';
import { shareAcrossTabs, type TabPlatform } from '../tabs/index.js';
import { isObject } from './is-object.js';
import { SHARE_TABS, type ShareTabs, type SseFeature } from './provide-sse.js';

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
 *   readonly names = toSignal(injectEventSource()('/presence', { shareAcrossTabs: { replay: 1 } }).pipe(map(({ data }) => data.split(','))));
 * }
 * ```
 */
export function withSharedTabs(options: WithSharedTabsOptions): SseFeature {
  checkSharedTabs(options);
  const { key, platform } = options;
  const useFactory = (): ShareTabs => {
    const injector = inject(Injector);
    const { baseURI } = inject(DOCUMENT);
    return (url, streamOptions, shared, deliver, deliverBy) => {
      const user = () => untracked(() => runInInjectionContext(injector, key));
      const open = (own: EventSourceOptions) => fromEventSourceLifecycle(url, own);
      const { id, openFrom } = openerOf(streamOptions, open);
      const shareFor = (user: string) =>
        shareAcrossTabs(({ lastEventId }) => openFrom(lastEventId), {
          ...(isObject(shared) ? shared : {}),
          platform,
          key: `${user}/${new URL(url, baseURI).href}`,
          lastEventId: id,
          // What another tab has sent isn't held back: what `deliver` doesn't flush is delivered in the same place.
          deliver: deliverBy((flush, heartbeat) => {
            deliver(flush, heartbeat);
            flush();
          }),
          scheduler: streamOptions.scheduler,
        });
      return forUser(user, open(streamOptions), shareFor);
    };
  };
  return { defaults: () => ({}), providers: [{ provide: SHARE_TABS, useFactory }] };
}

/** Opens a stream behind an id, wherever its options keep that. */
function openerOf(
  options: EventSourceOptions,
  open: (options: EventSourceOptions) => Observable<EventSourceLifecycle>,
) {
  const { lastEventId: given } = options;
  if (!isObject(given)) return { id: given, openFrom: (lastEventId: string) => open({ ...options, lastEventId }) };
  let from = '';
  // One object, by which streams wait for each other.
  const store: typeof given = { get: () => from || given.get(), set: id => given.set(id) };
  const openFrom = (id: string) => {
    from = id;
    return open({ ...options, lastEventId: store });
  };
  return { id: undefined, openFrom };
}

/** A stream keeps its place from one subscription to the next, as long as the user is the same. */
function forUser(
  userNow: () => string | null | undefined,
  alone: Observable<EventSourceLifecycle>,
  shareFor: (user: string) => Observable<EventSourceLifecycle | RoleLifecycle>,
): Observable<EventSourceLifecycle | RoleLifecycle> {
  let last: { readonly user: string; readonly shared: ReturnType<typeof shareFor> } | undefined;
  return defer(() => {
    const user = userNow();
    if (!user) return alone;
    if (last?.user !== user) last = { user, shared: shareFor(user) };
    return last.shared;
  });
}
