import type { ServerSentEvent } from './lifecycle.js';

/** The parts of a URL that a message or a log may hold: no credentials, no query, no fragment. */
export function withoutSecrets(url: string): string {
  // As forgiving as URLs are read: what is before and within them of spaces and line ends goes, a backslash is a slash, and of
  // slashes behind a scheme there may be any number.
  return url
    .replace(/^[\0- ]+|[\t\n\r]/g, '')
    .replace(/[?#].*$/s, '')
    .replace(/^([a-z][a-z\d+.-]*:[\\/]*|[\\/]{2,})[^\\/]*@/i, '$1');
}

interface EventSourceErrorOptions extends ErrorOptions {
  /** Where the failure happened. Kept without credentials, query and fragment. */
  url?: string | undefined;
}

/**
 * What every failure of a stream is an instance of, and by itself a failure that no reconnecting mends: a request that
 * cannot be built, a store that throws, a transport that cannot stream.
 *
 * Errors of your own functions among the options (`headers`, `prepare`, `resume`, `validate`, `when` and others) are delivered as they are.
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
  /** The name of its class. */
  // A literal, because minifiers rename classes.
  override readonly name: string = 'EventSourceError';
  /** The URL concerned, without credentials, query and fragment; `undefined` where no URL is. */
  readonly url: string | undefined;
  /** Whether the default rule reconnects after it. */
  readonly retryable: boolean = false;
  /** For how many milliseconds the server asked to be left alone (`Retry-After`); `undefined` where it did not. */
  readonly retryAfter: number | undefined;

  /** The URL comes behind `message`, without secrets. */
  constructor(message: string, { url: given, ...options }: EventSourceErrorOptions = {}) {
    const url = given === undefined ? undefined : withoutSecrets(given);
    super(url === undefined ? message : `${message}: ${url}`, options);
    this.url = url;
  }
}

/** The request could not be sent, or the connection was lost while the stream was read. Reconnects. */
export class ConnectionError extends EventSourceError {
  override readonly name = 'ConnectionError';
  override readonly retryable = true;
}

/** The stream did not open within `connectTimeout`, or no byte came within `idleTimeout`. Reconnects. */
export class EventSourceTimeoutError extends EventSourceError {
  override readonly name = 'EventSourceTimeoutError';
  override readonly retryable = true;
}

/**
 * The answer ended before the event for which the option `isLast` returns `true`: by a clean end, or by a lost connection, which is the
 * `cause` then. Reconnects, for other methods than GET if a policy is given.
 */
export class StreamTruncatedError extends EventSourceError {
  override readonly name = 'StreamTruncatedError';
  override readonly retryable = true;
}

/**
 * The server ended the stream cleanly, and the policy reconnects then (`onEnd`). Only `reconnect.when` gets it: if it answers `false`, the
 * stream completes.
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

// 408 Request Timeout, 425 Too Early and 429 Too Many Requests say "later" (RFC 9110, RFC 8470, RFC 6585); of the
// server's own faults any may pass.
const isTransient = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

/** The answer's status was not 200. Reconnects on 408, 425, 429 and 5xx; any other status is final. */
export class ResponseStatusError extends EventSourceError {
  override readonly name = 'ResponseStatusError';
  /** The answer's status. */
  readonly status: number;
  /** The answer's headers. */
  readonly headers: Headers;
  /** The answer's text: what came of it within 2 s, up to 64 KiB. */
  readonly body: string;
  override readonly retryable: boolean;
  override readonly retryAfter: number | undefined;

  constructor(message: string, { status, headers, body, retryAfter, ...options }: ResponseStatusErrorOptions) {
    super(message, options);
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.retryable = isTransient(status);
    this.retryAfter = retryAfter;
  }
}

/** The answer was not `text/event-stream`. Final. */
export class ContentTypeError extends EventSourceError {
  override readonly name = 'ContentTypeError';
  /** The `Content-Type` that came, `null` where none did. */
  readonly contentType: string | null;

  constructor(message: string, { contentType, ...options }: EventSourceErrorOptions & { contentType: string | null }) {
    super(message, options);
    this.contentType = contentType;
  }
}

/** An event or a line was larger than `maxEventSize`. Final: the same event would come again. */
export class EventTooLargeError extends EventSourceError {
  override readonly name = 'EventTooLargeError';
}

/** What a schema says is wrong with a value, as Standard Schema has it. */
export interface DecodeIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

interface DecodeErrorOptions extends EventSourceErrorOptions {
  event: ServerSentEvent;
  issues?: readonly DecodeIssue[];
}

/**
 * The data of an event could not be decoded: `Invalid data in event "order": price: expected number`. Final: no reconnect follows. The event counts
 * as delivered, so with `retry()` behind `decode` a new subscription goes on behind it. Events that were still being decoded by then are skipped too.
 */
export class DecodeError extends EventSourceError {
  override readonly name = 'DecodeError';
  /** The event as it came. */
  readonly event: ServerSentEvent;
  /** What the schema found wrong; empty if it wasn't a schema, and then `cause` is what the decoder threw. */
  readonly issues: readonly DecodeIssue[];

  constructor(message: string, { event, issues = [], ...options }: DecodeErrorOptions) {
    super(message, options);
    this.event = event;
    this.issues = issues;
  }
}
