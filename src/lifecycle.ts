/**
 * An event of a stream. It has the names of the standard's `MessageEvent`, so handlers written for the browser's
 * `EventSource` still work. Its `type` discriminates like the type of a store action.
 */
export interface ServerSentEvent<Data = string, Type extends string = string> {
  /** The `event:` field, or `'message'` if there is none. */
  readonly type: Type;
  /** The `data:` lines, joined by line feeds. */
  readonly data: Data;
  /** The id of this event, or of the last event that had one; `''` if there was none. */
  readonly lastEventId: string;
}

/** An attempt starts. The first attempt of a subscription has the number 0. */
export interface ConnectingLifecycle {
  readonly kind: 'connecting';
  /** How many attempts in a row have failed or ended since the last success; 0 for the first attempt. */
  readonly attempt: number;
  /**
   * The current position of the stream, `''` for none. The `open` step says with `resumedFrom` which position the
   * request sent.
   */
  readonly lastEventId: string;
}

/** The server has responded, and the response was accepted. Events can follow. */
export interface OpenLifecycle {
  readonly kind: 'open';
  /** The URL of the response, after redirects. */
  readonly url: string;
  /** The HTTP status: 200. */
  readonly status: number;
  /** The response headers. */
  readonly headers: Headers;
  /** The id that the request sent, `''` if it sent none, for example because `prepare` removed it. */
  readonly resumedFrom: string;
  /** Milliseconds since the previous connection was lost or closed; 0 for the first connection of a subscription. */
  readonly downtime: number;
}

/**
 * Something may be missing, because the server couldn't resume from the requested position. Comes right after `open`,
 * or right before the event that reports it.
 *
 * Emitted in four cases:
 *
 * - The response has a `Last-Event-ID` that differs from the one that was sent.
 * - The option `isGap` returns `true` for an event.
 * - The server rejected the position (409, 410 or 412), and the stream started again without one.
 * - A later connection sent no position although events had been delivered.
 */
export interface GapLifecycle {
  readonly kind: 'gap';
  /** The position that was requested, or the current one; `''` for none. */
  readonly requested: string;
  /** The position that the server resumed from; `''` if it's unknown. */
  readonly resumed: string;
}

/** An event was received. */
export interface EventLifecycle<Event extends ServerSentEvent<unknown> = ServerSentEvent> {
  readonly kind: 'event';
  /** The event, as `fromEventSource` emits it. */
  readonly event: Event;
}

/** A comment line, usually a heartbeat. */
export interface CommentLifecycle {
  readonly kind: 'comment';
  /** The text after the colon, without one leading space. */
  readonly text: string;
}

/** The server has set the reconnection time, and the policy accepted it. */
export interface RetryTimeLifecycle {
  readonly kind: 'retry-time';
  /** The accepted time in milliseconds, after clamping. */
  readonly milliseconds: number;
}

/** The connection was lost or couldn't be made, and the stream waits for the next attempt. */
export interface WaitingLifecycle {
  readonly kind: 'waiting';
  /**
   * The wait in milliseconds. `undefined` until `reconnect.when` has answered, or if an Observable or Promise of the
   * policy decides when the wait ends.
   */
  readonly delay: number | undefined;
  /** The number of the next attempt, 1 or more. */
  readonly attempt: number;
  /** Why the last attempt failed; absent after a clean end. */
  readonly error?: unknown;
}

/** The option `connectWhile` isn't `true`. There is no connection and no attempt until it is. */
export interface PausedLifecycle {
  readonly kind: 'paused';
}

/** The snapshot that `withSnapshot` has loaded. Only events that it doesn't contain follow. */
export interface SnapshotLifecycle<Snapshot = unknown> {
  readonly kind: 'snapshot';
  /** The value that `load` returned. */
  readonly snapshot: Snapshot;
}

/**
 * The role of this tab among the tabs that share its stream (`shareAcrossTabs` of `rx-sse/tabs`). Emitted at the start
 * and with each change.
 */
export interface RoleLifecycle {
  readonly kind: 'role';
  /**
   * The tab has the connection (`leader`), receives everything from the leader (`follower`), or has its own connection
   * because the browser can't share (`solo`).
   */
  readonly role: 'leader' | 'follower' | 'solo';
}

/**
 * The stream is over, and the Observable completes. The reasons:
 *
 * - `last`: the last event was received.
 * - `end`: the server ended the stream.
 * - `no-content`: the server responded with 204.
 * - `stopped`: `prepare` or `resume` returned `null`, or `connectWhile` completed without being `true`.
 * - `exhausted`: clean ends reached the policy's `count`.
 */
export interface ClosedLifecycle {
  readonly kind: 'closed';
  /** Why the stream is over. */
  readonly reason: 'last' | 'end' | 'no-content' | 'stopped' | 'exhausted';
}

/**
 * Everything that happens on a stream, in order, discriminated by `kind`. A final failure isn't a kind: it's the
 * `error` of the Observable.
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
 * A block that changed the position but contained no event. Never delivered.
 * @internal
 */
export interface PositionMove {
  readonly kind: 'position';
  readonly lastEventId: string;
}

/**
 * An item of a batch. An event isn't wrapped: most consumers only need the event, and creating an `EventLifecycle` for
 * each would be a large part of the cost of a stream.
 * @internal
 */
export type Item = (ServerSentEvent & { readonly kind?: undefined }) | Exclude<EventSourceLifecycle, EventLifecycle>;

/**
 * The items of one step of a stream, usually of one chunk. They travel together and are delivered one by one at the
 * end.
 * @internal
 */
export type Batch = readonly (Item | PositionMove)[];
