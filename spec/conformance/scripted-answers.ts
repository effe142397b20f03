// The server's script, and what the server has seen. Both are sent over HTTP, so that any engine can use them.

/** A step in sending the body of a response. */
export type Step =
  /** Writes text, as UTF-8. */
  | { readonly send: string }
  /** Writes bytes. */
  | { readonly bytes: readonly number[] }
  /** Waits for `go`. */
  | 'hold'
  /** Waits until the client disconnects. */
  | 'stay'
  /** Closes the connection before the end of the body. */
  | 'cut'
  /** Resets the connection. */
  | 'reset';

/** The response to one request. After the last step, it ends cleanly. */
export interface ScriptedAnswer {
  /** @default 200 */
  readonly status?: number;
  /** Headers besides `content-type: text/event-stream`, which they may replace. Values are Latin-1. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  /** The server never responds. */
  readonly silent?: boolean;
}

/** A request that the server received. */
export interface SeenRequest {
  readonly method: string;
  /** The rest of the path after the URL of the play, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `Last-Event-ID`, read as UTF-8. */
  readonly lastEventId: string | undefined;
  readonly body: string;
}

/** The requests of a play, as the server has seen them. */
export interface Seen {
  readonly requests: readonly SeenRequest[];
  /** The number of requests that haven't ended, on either side. */
  readonly open: number;
}
