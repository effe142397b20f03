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

/** An attempt is about to be made. The attempt numbered 0 is the subscription's first. */
export interface ConnectingLifecycle {
  readonly kind: 'connecting';
  /** How many attempts in a row have ended since an event last came; 0 for the first attempt of a subscription. */
  readonly attempt: number;
  /** The position that the attempt will ask to resume from, `''` for none. */
  readonly lastEventId: string;
}

/** The server has answered and the answer was accepted. */
export interface OpenLifecycle {
  readonly kind: 'open';
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** The HTTP status: 200, unless `validate` accepts others. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: Headers;
  /** The id that the request carried, `''` where it carried none: then the server could not know what was missed. */
  readonly resumedFrom: string;
  /** Milliseconds since the connection before this one was lost; 0 for the first of a subscription. */
  readonly downtime: number;
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

/** The connection is gone, or could not be made, and the next attempt is being waited for. */
export interface WaitingLifecycle {
  readonly kind: 'waiting';
  /** The wait in milliseconds; `undefined` where an Observable or a Promise of the policy decides when it is over. */
  readonly delay: number | undefined;
  /** The number of the attempt that is being waited for, 1 or more. */
  readonly attempt: number;
  /** Why the last attempt failed; absent after a clean end. */
  readonly error?: unknown;
}

/**
 * The stream is over, and the Observable completes: the server ended it (`end`), answered 204 (`no-content`), `prepare`
 * returned `null` (`stopped`), or the policy's `count` was spent on clean ends (`exhausted`).
 */
export interface ClosedLifecycle {
  readonly kind: 'closed';
  /** Why it is over. */
  readonly reason: 'end' | 'no-content' | 'stopped' | 'exhausted';
}

/**
 * All that happens on a stream, in order, discriminated by `kind`. A final failure is the Observable's `error`, never a
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
  | WaitingLifecycle
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
