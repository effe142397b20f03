// The script of the server, and what it has seen: data that goes over HTTP, so that any engine can ask for it.

/** One thing that it does to the body of an answer. */
export type Step =
  /** Writes text, as UTF-8. */
  | { readonly send: string }
  /** Writes bytes. */
  | { readonly bytes: readonly number[] }
  /** Waits for `go`. */
  | 'hold'
  /** Waits until the client goes. */
  | 'stay'
  /** Closes the connection short of the end of the body. */
  | 'cut'
  /** Resets it. */
  | 'reset';

/** What it does with one request. After the last step the answer ends as it should. */
export interface ScriptedAnswer {
  /** @default 200 */
  readonly status?: number;
  /** Besides `content-type: text/event-stream`, which they may replace; values as Latin-1. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  /** It never answers. */
  readonly silent?: boolean;
}

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Behind the URL of the play: its query too. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `Last-Event-ID`, read as UTF-8. */
  readonly lastEventId: string | undefined;
  readonly body: string;
}

/** What the server has seen of a play. */
export interface Seen {
  readonly requests: readonly SeenRequest[];
  /** How many of them are not over, from whichever side. */
  readonly open: number;
}
