import { check, checkEach, checkGiven } from '#check';
import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import type { EventSourceLifecycle, Flush } from '../index.js';
import { atLeast, FUNCTION, type Kind, OBJECT, SCHEDULER } from '../kind.js';
import { channelName, queryLocks } from './group-locks.js';
import type { Place, TabLifecycle } from './message.js';
import { TabMembership } from './tab-membership.js';
import { type TabPlatform, thisTab } from './tab-platform.js';

/** What the tab that leads has to know to open the stream. */
export interface TabContext {
  /** The id that the stream goes on behind: that of the last event of the tabs, at first the option `lastEventId`; `''` for none. */
  readonly lastEventId: string;
}

/** The options of `shareAcrossTabs`. */
export interface ShareAcrossTabsOptions {
  /**
   * What tabs share a stream by: those with the same key do. It names the stream and the user, such as `ada/presence`: a tab of another user must not
   * get these events.
   */
  readonly key: string;
  /**
   * The id of the last event that this tab has: it is sent what came since, from another tab if one has that, and else from the server. Without it, a
   * tab that joins others begins with what comes next, and the first one with what the server sends.
   * @default ''
   */
  readonly lastEventId?: string | undefined;
  /**
   * How many events each tab keeps for those that have missed some. What is no longer there is a `gap`.
   * @default 1000
   */
  readonly bufferSize?: number | undefined;
  /**
   * How many of the last events a tab gets that comes later, and has none yet: 1 if each event is the whole state, as with a list of who is here.
   * The option of the tab that answers counts: the one that leads, as a rule.
   * @default 0
   */
  readonly replay?: number | undefined;
  /**
   * Called once for all that a message of another tab brings, with `flush`, which delivers it: frameworks enter their zone here. What it doesn't flush is
   * delivered right after the call, since other tabs don't wait. `heartbeat` says that there are only comments. In the tab that leads, the `deliver` of the
   * source is called for what comes on the connection.
   * @default flush => flush()
   */
  readonly deliver?: ((flush: Flush, heartbeat: boolean) => unknown) | undefined;
  /**
   * What timers run on.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
  /**
   * What tabs reach each other by.
   * @default locks, channels and the page of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

const KEY: Kind = ['a text that names the stream and the user', value => typeof value === 'string' && value !== ''];
const OPTION_KINDS: Partial<Record<keyof ShareAcrossTabsOptions, Kind>> = {
  lastEventId: ['an id', value => typeof value === 'string'],
  bufferSize: /* @__PURE__ */ atLeast(1, 'events'),
  replay: /* @__PURE__ */ atLeast(0, 'events'),
  deliver: FUNCTION,
  scheduler: SCHEDULER,
  platform: OBJECT,
};

/** The streams of this page, each with its key: what ends them. */
const members = new Set<{ readonly key: string; readonly end: () => void }>();

/**
 * One connection for all tabs of an application: one of them has it, and sends what comes to the others. When that one is closed, crashes, is frozen or
 * unsubscribes, another takes over, and resumes behind the last event. Each tab has each event once, in order.
 *
 * It is a lifecycle like any other. `{ kind: 'role', role }` says what this tab is: `leader`, `follower`, or `solo` if the browser has no Web Locks
 * or the page is not secure; then each tab has a connection of its own. All other steps are those of the leader's connection: a tab that joins hears
 * first how that stands.
 *
 * - Decode and load snapshots behind it: what tabs send each other is text.
 * - Options of the request are those of the tab that leads, `connectWhile` and `renew` as well. If the stream of the leader is paused, a tab leads whose
 *   stream isn't; the group is `paused` if none can.
 * - A tab that comes later has no history: use `withSnapshot`, or the options `replay` or `lastEventId`.
 * - A `gap` says that something may be missing: the server said so, or no tab had any longer what this one has missed.
 * - In a hidden tab the browser holds timers back, so a visible tab takes over from a leader that has been hidden for 30 s.
 *
 * It completes and errors with the leader's stream, in all tabs. If the source was cut off (`takeUntil`), so that it completes without a `closed` step, it
 * completes in that tab alone. The error is an `EventSourceError` in the others, under its own name; it has no `cause`.
 * After that, whoever subscribes first leads again. `endForAll` completes it in all tabs.
 *
 * Unsubscribing leaves the group, and closes the connection if this tab has it. So does a page that goes into the back/forward cache, until it comes back.
 * Options of a wrong type throw a `TypeError` at the call.
 *
 * @param source opens the stream: called in the tab that leads, each time that it takes over
 * @param options `key`; `lastEventId`, `bufferSize` (1000 events), `replay` (0 events), `deliver` and `scheduler` may be left out
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

/** Where `endForAll` finds the other tabs. */
export interface EndForAllOptions {
  /**
   * What tabs reach each other by.
   * @default the channels and the locks of the browser
   */
  readonly platform?: TabPlatform | undefined;
}

/**
 * Ends the streams with that key in all tabs, this one included, and those whose key begins with it and a slash: `endForAll('ada')` ends `ada/presence`
 * as well. They say `closed` (`stopped`) and complete, and the connection is closed. Call it when somebody logs out.
 *
 * A page that is in the back/forward cache at that moment doesn't hear of it.
 *
 * @param key the `key` of `shareAcrossTabs`, or the beginning of one
 * @param options `platform`, for tests
 * @returns fulfilled when all tabs were sent it. What this page shares has ended before that, in all tabs, so nothing has to wait for it.
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

/** Others may share what this page doesn't: their locks say so. */
async function endOthers(end: (key: string) => void, { locks }: TabPlatform): Promise<void> {
  if (!locks) return;
  try {
    const { held, pending } = await queryLocks(locks);
    for (const { key } of [...held, ...pending]) end(key);
  } catch {
    // The page must not have locks: nothing is shared.
  }
}

function postEnd(key: string, { BroadcastChannel: Channel }: TabPlatform): void {
  if (!Channel) return;
  const channel = new Channel(channelName(key));
  channel.postMessage({ kind: 'over', from: '' });
  channel.close();
}
