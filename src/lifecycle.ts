/**
 * An event of a stream, in the names of the standard's `MessageEvent`: code that leaves the browser's `EventSource`
 * keeps its reads, and `type` discriminates as a store action's does.
 */
export interface ServerSentEvent<Data = string, Type extends string = string> {
  /** The `event:` field, `'message'` where the server named none. */
  readonly type: Type;
  /** The `data:` lines, joined by a line feed. */
  readonly data: Data;
  /** The id in force at this event: its own, else the one of the last event that had one, else `''`. */
  readonly lastEventId: string;
}

/** An attempt starts. The attempt numbered 0 is the subscription's first. */
export interface ConnectingLifecycle {
  readonly kind: 'connecting';
  /** How many attempts in a row have failed or ended since the last one that was a success; 0 for the first attempt. */
  readonly attempt: number;
  /** The position that the stream has, `''` for none. What the request then asks for is `resumedFrom` of the `open` step. */
  readonly lastEventId: string;
}

/** The server has answered, and the answer was accepted. Events can come from now on. */
export interface OpenLifecycle {
  readonly kind: 'open';
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** The HTTP status: 200. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: Headers;
  /** The id that went out with the request, `''` if none did: what `prepare` took away was not asked for. */
  readonly resumedFrom: string;
  /** Milliseconds since the connection before this one was lost or closed; 0 for the first of a subscription. */
  readonly downtime: number;
}

/**
 * Something may be missing: the server could not go on from where it was asked to. It comes right behind `open`, or right before the event
 * that says so.
 *
 * It is emitted if the response carries a `Last-Event-ID` other than the one that was sent, if the option `isGap` says so of an event, if the
 * server refused the position (409, 410 or 412) and the stream started over without one, and if a connection after the first asked for no
 * position although events had been delivered.
 */
export interface GapLifecycle {
  readonly kind: 'gap';
  /** The position that was asked for or was in force, `''` for none. */
  readonly requested: string;
  /** Where the server goes on from, as far as it said so; `''` if it did not. */
  readonly resumed: string;
}

/** An event has come. */
export interface EventLifecycle<Event extends ServerSentEvent<unknown> = ServerSentEvent> {
  readonly kind: 'event';
  /** The event, as `fromEventSource` emits it. */
  readonly event: Event;
}

/** A comment line, most often a heartbeat. */
export interface CommentLifecycle {
  readonly kind: 'comment';
  /** The text after the colon, less one leading space. */
  readonly text: string;
}

/** The server has set the reconnection time, and the policy accepted it. */
export interface RetryTimeLifecycle {
  readonly kind: 'retry-time';
  /** The accepted time in milliseconds, after clamping. */
  readonly milliseconds: number;
}

/** The connection is gone, or could not be made, and the stream waits for the next attempt. */
export interface WaitingLifecycle {
  readonly kind: 'waiting';
  /**
   * The wait in milliseconds; `undefined` while `reconnect.when` has not answered yet, and if an Observable or a Promise of the policy
   * decides when the wait is over.
   */
  readonly delay: number | undefined;
  /** The number of the next attempt, 1 or more. */
  readonly attempt: number;
  /** Why the last attempt failed; absent after a clean end. */
  readonly error?: unknown;
}

/** The option `connectWhile` is not `true`: there is no connection, and no attempt is made until it is. */
export interface PausedLifecycle {
  readonly kind: 'paused';
}

/** What `withSnapshot` has loaded. The events behind it are those that it doesn't hold. */
export interface SnapshotLifecycle<Snapshot = unknown> {
  readonly kind: 'snapshot';
  /** What `load` answered. */
  readonly snapshot: Snapshot;
}

/** What a tab is to the others that share its stream (`shareAcrossTabs` of `rx-sse/tabs`): at first, and with each change. */
export interface RoleLifecycle {
  readonly kind: 'role';
  /** It has the connection (`leader`), is sent what comes on it (`follower`), or has one of its own, because the browser can't share (`solo`). */
  readonly role: 'leader' | 'follower' | 'solo';
}

/**
 * The stream is over, and the Observable completes: its last event has come (`last`), the server ended it (`end`) or answered 204
 * (`no-content`), `prepare` or `resume` returned `null` or `connectWhile` completed without being `true` (`stopped`), or the policy's `count`
 * was spent on clean ends (`exhausted`).
 */
export interface ClosedLifecycle {
  readonly kind: 'closed';
  /** Why it is over. */
  readonly reason: 'last' | 'end' | 'no-content' | 'stopped' | 'exhausted';
}

/**
 * Everything that happens on a stream, in order, discriminated by `kind`. A final failure is the Observable's `error`, never a
 * kind.
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/chat/stream').subscribe(step => {
 *   switch (step.kind) {
 *     case 'open': return console.log('connected, resumed from', step.resumedFrom);
 *     case 'event': return console.log(step.event.data);
 *     case 'waiting': return console.log('next attempt in', step.delay, 'ms');
 *   }
 * });
 * ```
 */
export type EventSourceLifecycle<Event extends ServerSentEvent<unknown> = ServerSentEvent> =
  | ConnectingLifecycle
  | OpenLifecycle
  | EventLifecycle<Event>
  | CommentLifecycle
  | RetryTimeLifecycle
  | GapLifecycle
  | WaitingLifecycle
  | PausedLifecycle
  | ClosedLifecycle;

/**
 * A block that moved the position and held no event. It is never delivered.
 * @internal
 */
export interface PositionMove {
  readonly kind: 'position';
  readonly lastEventId: string;
}

/**
 * What travels in a batch. An event goes bare: most consumers take the event alone, and what `EventLifecycle` wraps around each
 * would be much of what a stream costs.
 * @internal
 */
export type Item = (ServerSentEvent & { readonly kind?: undefined }) | Exclude<EventSourceLifecycle, EventLifecycle>;

/**
 * What one step of a stream, most often one chunk, has to say. It travels as one, and is handed out one by one at the very end.
 * @internal
 */
export type Batch = readonly (Item | PositionMove)[];
