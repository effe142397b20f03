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
 * An error that the application's own `headers`, `prepare`, `validate` or `when` throws is delivered as it is, unwrapped.
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

  constructor(message: string, { url, ...options }: EventSourceErrorOptions = {}) {
    super(message, options);
    this.url = url === undefined ? undefined : withoutSecrets(url);
  }
}

/** The request could not be sent, or the connection was lost while the stream was read. Reconnects. */
export class ConnectionError extends EventSourceError {
  override readonly name = 'ConnectionError';
  override readonly retryable = true;
}

/** Headers did not come within `connectTimeout`, or no byte within `idleTimeout`. Reconnects. */
export class EventSourceTimeoutError extends EventSourceError {
  override readonly name = 'EventSourceTimeoutError';
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

/** An event's data could not be decoded. Final: the same event would come again. */
export class DecodeError extends EventSourceError {
  override readonly name = 'DecodeError';
  /** The event as it came. */
  readonly event: ServerSentEvent;
  /** What the schema found wrong; empty where no schema did, and then `cause` says what was thrown. */
  readonly issues: readonly DecodeIssue[];

  constructor(message: string, { event, issues = [], ...options }: DecodeErrorOptions) {
    super(message, options);
    this.event = event;
    this.issues = issues;
  }
}
