import type { ServerSentEvent } from './lifecycle.js';

/** Removes credentials, query and fragment from a URL, so that a message or a log can contain it. */
export function withoutSecrets(url: string): string {
  // As tolerant as URL parsers: removes spaces before the URL and line ends in it, and accepts backslashes and any
  // number of slashes after a scheme.
  return url
    .replace(/^[\0- ]+|[\t\n\r]/g, '')
    .replace(/[?#].*$/s, '')
    .replace(/^([a-z][a-z\d+.-]*:[\\/]*|[\\/]{2,})[^\\/]*@/i, '$1');
}

interface EventSourceErrorOptions extends ErrorOptions {
  /** The URL of the failure. Kept without credentials, query and fragment. */
  url?: string | undefined;
}

/**
 * The base class of all stream errors. Used directly for failures that reconnecting can't fix: the request is invalid,
 * the store throws, or the transport can't stream.
 *
 * Errors of your own functions among the options (`headers`, `prepare`, `resume`, `validate`, `when` and others) are
 * delivered as they are.
 *
 * @example
 * ```ts
 * fromEventSource('/chat/stream').subscribe({
 *   error: (error: unknown) => {
 *     if (error instanceof ResponseStatusError && error.status === 404) console.log('no such room');
 *   },
 * });
 * ```
 */
export class EventSourceError extends Error {
  /** The name of the class. */
  // A literal, because minifiers rename classes.
  override readonly name: string = 'EventSourceError';
  /** The URL, without credentials, query and fragment; `undefined` if the error has no URL. */
  readonly url: string | undefined;
  /** Whether the default rule reconnects after this error. */
  readonly retryable: boolean = false;
  /** How long the server asked to wait, in milliseconds (`Retry-After`); `undefined` if it didn't. */
  readonly retryAfter: number | undefined;

  /**
   * Appends the URL to `message`, without secrets.
   *
   * @param message what happened
   * @param options the URL of the request, and the `cause`
   */
  constructor(message: string, { url: given, ...options }: EventSourceErrorOptions = {}) {
    const url = given === undefined ? undefined : withoutSecrets(given);
    super(url === undefined ? message : `${message}: ${url}`, options);
    this.url = url;
  }
}

/** The request couldn't be sent, or the connection was lost while reading the stream. Reconnects. */
export class ConnectionError extends EventSourceError {
  override readonly name = 'ConnectionError';
  override readonly retryable = true;
}

/** The stream didn't open within `connectTimeout`, or was silent for `idleTimeout`. Reconnects. */
export class EventSourceTimeoutError extends EventSourceError {
  override readonly name = 'EventSourceTimeoutError';
  override readonly retryable = true;
}

/**
 * The response ended before the last event (the option `isLast`). If the connection was lost, the error is the `cause`.
 * Reconnects; for methods other than GET, only if you set `reconnect`.
 */
export class StreamTruncatedError extends EventSourceError {
  override readonly name = 'StreamTruncatedError';
  override readonly retryable = true;
}

/**
 * The server ended the stream cleanly, and the policy would reconnect (`onEnd`). Only passed to `reconnect.when`: if it
 * returns `false`, the stream completes.
 */
export class StreamEndedError extends EventSourceError {
  override readonly name = 'StreamEndedError';
  override readonly retryable = true;
}

interface ResponseStatusErrorOptions extends EventSourceErrorOptions {
  status: number;
  headers: Headers;
  body: string;
  retryAfter?: number | undefined;
}

// 408 Request Timeout, 425 Too Early and 429 Too Many Requests mean "later" (RFC 9110, RFC 8470, RFC 6585). All server
// errors may be temporary.
const isTransient = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

/** The status of the response wasn't 200. Reconnects after 408, 425, 429 and 5xx. All other statuses are final. */
export class ResponseStatusError extends EventSourceError {
  override readonly name = 'ResponseStatusError';
  /** The status of the response. */
  readonly status: number;
  /** The headers of the response. */
  readonly headers: Headers;
  /** The text of the response, up to 64 KiB, as far as it arrived within 2 s. */
  readonly body: string;
  override readonly retryable: boolean;
  override readonly retryAfter: number | undefined;

  /**
   * @param message what happened
   * @param options the response, the URL of the request, and the `cause`
   */
  constructor(message: string, { status, headers, body, retryAfter, ...options }: ResponseStatusErrorOptions) {
    super(message, options);
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.retryable = isTransient(status);
    this.retryAfter = retryAfter;
  }
}

/** The response wasn't `text/event-stream`. Final. */
export class ContentTypeError extends EventSourceError {
  override readonly name = 'ContentTypeError';
  /** The `Content-Type` of the response, `null` if it had none. */
  readonly contentType: string | null;

  /**
   * @param message what happened
   * @param options the `Content-Type` of the response, the URL of the request, and the `cause`
   */
  constructor(message: string, { contentType, ...options }: EventSourceErrorOptions & { contentType: string | null }) {
    super(message, options);
    this.contentType = contentType;
  }
}

/** An event or a line was longer than `maxEventSize`. Final, because the server would send the same event again. */
export class EventTooLargeError extends EventSourceError {
  override readonly name = 'EventTooLargeError';
}

/** An issue that a schema found, as Standard Schema defines it. */
export interface DecodeIssue {
  /** The description of the issue. */
  readonly message: string;
  /** The path to the invalid value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

interface DecodeErrorOptions extends EventSourceErrorOptions {
  event: ServerSentEvent;
  issues?: readonly DecodeIssue[];
}

/**
 * The data of an event couldn't be decoded: `Invalid data in event "order": price: expected number`.
 *
 * Final, so the stream doesn't reconnect. The event counts as delivered. If you resubscribe with `retry()` after
 * `decode`, the stream continues after it, and skips the events that were still being decoded.
 */
export class DecodeError extends EventSourceError {
  override readonly name = 'DecodeError';
  /** The original event. */
  readonly event: ServerSentEvent;
  /** The issues that the schema found. Empty if the decoder isn't a schema; then `cause` is the error that it threw. */
  readonly issues: readonly DecodeIssue[];

  /**
   * @param message what happened
   * @param options the event, the issues of the schema, and the `cause`
   */
  constructor(message: string, { event, issues = [], ...options }: DecodeErrorOptions) {
    super(message, options);
    this.event = event;
    this.issues = issues;
  }
}
