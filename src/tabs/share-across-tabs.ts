import { check, checkEach, checkGiven } from '#check';
import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import type { EventSourceLifecycle, Flush } from '../index.js';
import { atLeast, FUNCTION, type Kind, OBJECT, SCHEDULER } from '../kind.js';
import { channelName, queryLocks } from './group-locks.js';
import type { Place, TabLifecycle } from './message.js';
import { TabMembership } from './tab-membership.js';
import { type TabPlatform, thisTab } from './tab-platform.js';

/** The information for opening the stream in the leading tab. */
export interface TabContext {
  /** The id to continue from: the last event of the tabs, or the option `lastEventId` at first; `''` for none. */
  readonly lastEventId: string;
}

/** The options of `shareAcrossTabs`. */
export interface ShareAcrossTabsOptions {
  /**
   * Tabs with the same key share a stream. The key must name the stream and the user, for example `ada/presence`: a tab
   * of another user must not receive these events.
   */
  readonly key: string;
  /**
   * The id of the last event that this tab has. The tab receives all later events, from another tab if possible,
   * otherwise from the server. Without it, a tab that joins others starts with the next event, and the first tab with
   * whatever the server sends.
   * @default ''
   */
  readonly lastEventId?: string | undefined;
  /**
   * How many events each tab keeps for tabs that have missed some. If an event is no longer kept, there is a `gap`.
   * @default 1000
   */
  readonly bufferSize?: number | undefined;
  /**
   * How many of the last events a new tab receives. Use 1 if each event is the whole state, for example a list of
   * online users. The option of the answering tab counts, usually the leader's.
   * @default 0
   */
  readonly replay?: number | undefined;
  /**
   * Delivers the items of another tab's message by calling `flush`, for example in the zone of a framework. Called once
   * per message. Items that it doesn't flush are delivered right after the call, because other tabs don't wait.
   * `heartbeat` is `true` if there are only comments. In the leading tab, the `deliver` of the source is called for
   * everything from the connection.
   * @default flush => flush()
   */
  readonly deliver?: ((flush: Flush, heartbeat: boolean) => unknown) | undefined;
  /**
   * The scheduler of all timers.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
  /**
   * The locks, channels and page that tabs use.
   * @default those of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

const KEY: Kind = ['a string that names the stream and the user', value => typeof value === 'string' && value !== ''];
const OPTION_KINDS: Partial<Record<keyof ShareAcrossTabsOptions, Kind>> = {
  lastEventId: ['an id', value => typeof value === 'string'],
  bufferSize: /* @__PURE__ */ atLeast(1, 'events'),
  replay: /* @__PURE__ */ atLeast(0, 'events'),
  deliver: FUNCTION,
  scheduler: SCHEDULER,
  platform: OBJECT,
};

/** All streams of this page, with their keys. */
const members = new Set<{ readonly key: string; readonly end: () => void }>();

/**
 * Shares one connection among all tabs of an application. One tab has the connection and sends everything to the
 * others. If that tab is closed, crashes, is frozen or unsubscribes, another one takes over and resumes after the last
 * event. Each tab receives each event once, in order.
 *
 * The result is a lifecycle. `{ kind: 'role', role }` is the role of this tab: `leader`, `follower`, or `solo` if the
 * browser has no Web Locks or the page isn't secure. With `solo`, each tab has its own connection. All other steps come
 * from the leader's connection. A new tab first receives the current state of that connection.
 *
 * - Decode events and load snapshots after it, because tabs send text to each other.
 * - The leading tab uses its own options for the request, including `connectWhile` and `renew`. If the leader's stream
 *   is paused, another tab leads. If all are paused, the group is `paused`.
 * - A new tab has no earlier events. Use `withSnapshot`, or the options `replay` or `lastEventId`.
 * - A `gap` means that something may be missing: the server reported it, or no tab has the missed events any more.
 * - Browsers slow down timers in hidden tabs. So if a leader is hidden for 30 s, a visible tab takes over.
 *
 * Completes and errors with the leader's stream, in all tabs. In the other tabs, the error is an `EventSourceError`
 * with the original name but without a `cause`. If `takeUntil` cuts the source off, so that it completes without a
 * `closed` step, only that tab completes. Afterwards, the first subscriber leads again. `endForAll` completes the
 * stream in all tabs.
 *
 * Unsubscribing leaves the group, and closes the connection if this tab has it. A page does the same when it enters the
 * back/forward cache, until it comes back. Throws a `TypeError` at the call if an option has the wrong type.
 *
 * @param source opens the stream; called in the leading tab, each time that it takes over
 * @param options `key`; optionally `lastEventId`, `bufferSize` (1000 events), `replay` (0 events), `deliver` and
 * `scheduler`
 *
 * @example
 * ```ts
 * import { shareAcrossTabs } from 'rx-sse/tabs';
 *
 * const presence$ = shareAcrossTabs(({ lastEventId }) => fromEventSourceLifecycle('/presence', { lastEventId }), {
 *   key: `${user}/presence`,
 * });
 * presence$.pipe(events()).subscribe(event => console.log(event.data));
 * ```
 */
export function shareAcrossTabs(
  source: (tab: TabContext) => Observable<EventSourceLifecycle>,
  options: ShareAcrossTabsOptions,
): Observable<TabLifecycle> {
  checkGiven('source', source, FUNCTION);
  checkGiven('options', options, OBJECT);
  checkGiven('key', options.key, KEY);
  checkEach(OPTION_KINDS, options);
  const { key, lastEventId = '', bufferSize = 1000, scheduler = asyncScheduler, platform = thisTab() } = options;
  const { replay = 0, deliver = (flush: Flush) => flush() } = options;
  const settings = {
    key,
    bufferSize,
    replay,
    scheduler,
    platform,
    deliver,
    source: (id: string) => source({ lastEventId: id }),
  };
  let place: Place = { log: '', count: 0, lastEventId };
  return new Observable(subscriber => {
    const end = () => {
      subscriber.next({ kind: 'closed', reason: 'stopped' });
      subscriber.complete();
    };
    const member = { key, end };
    members.add(member);
    subscriber.add(() => members.delete(member));
    const membership = new TabMembership(subscriber, settings, place);
    subscriber.add(() => (place = membership.place));
  });
}

/** The options of `endForAll`. */
export interface EndForAllOptions {
  /**
   * The channels and locks that tabs use.
   * @default those of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

/**
 * Ends the streams with this key in all tabs, including this one. Also ends streams whose key starts with it and a
 * slash: `endForAll('ada')` ends `ada/presence` too. They emit `closed` (`stopped`) and complete, and the connection
 * closes. Call it when a user logs out.
 *
 * A page that is in the back/forward cache at that moment doesn't receive it.
 *
 * @param key the `key` of `shareAcrossTabs`, or its first part
 * @param options `platform`, for tests
 * @returns fulfills when the message was sent to all tabs. You don't have to wait for it: streams that this page shares
 * end before, in all tabs.
 *
 * @example
 * ```ts
 * import { endForAll } from 'rx-sse/tabs';
 *
 * void endForAll(user);
 * ```
 */
export function endForAll(key: string, options: EndForAllOptions = {}): Promise<void> {
  check('options', options, OBJECT);
  checkGiven('key', key, KEY);
  const { platform = thisTab() } = options;
  const ended = new Set<string>();
  const end = (other: string) => {
    if (!`${other}/`.startsWith(`${key}/`) || ended.has(other)) return;
    ended.add(other);
    postEnd(other, platform);
  };
  end(key);
  for (const member of members) end(member.key);
  for (const member of [...members]) if (ended.has(member.key)) member.end();
  return endOthers(end, platform);
}

/** Ends streams that other tabs share but this page doesn't. Their locks show the keys. */
async function endOthers(end: (key: string) => void, { locks }: TabPlatform): Promise<void> {
  if (!locks) return;
  try {
    const { held, pending } = await queryLocks(locks);
    for (const { key } of [...held, ...pending]) end(key);
  } catch {
    // The page isn't allowed to use locks, so nothing is shared.
  }
}

function postEnd(key: string, { BroadcastChannel: Channel }: TabPlatform): void {
  if (!Channel) return;
  const channel = new Channel(channelName(key));
  channel.postMessage({ kind: 'over', from: '' });
  channel.close();
}
