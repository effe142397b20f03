import { type Observable, Subject, takeUntil } from 'rxjs';
import type { ResponseLike } from '../index.js';
import { encodeEvent, type FakeEvent } from './encode-event.js';
import { FakeBody } from './fake-body.js';
import { FakeResponse } from './fake-response.js';
import type { SynchronousPromise } from './synchronous-promise.js';

/** The request of a connection. */
export interface FakeRequest {
  /** The method, in upper or lower case as passed to `fetch`. */
  readonly method: string;
  /** The URL as passed to `fetch`. It can be relative. */
  readonly url: string;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `Last-Event-ID` header, decoded from its UTF-8 bytes; `''` if there is none. */
  readonly lastEventId: string;
  /** The body as passed to `fetch`; `undefined` for none. */
  readonly body: unknown;
}

/**
 * The state of a connection: `requested` until it's answered, `open` while events can be sent, `ended` after the server
 * has refused, ended or broken it, `closed` after the client has closed it.
 */
export type FakeConnectionState = 'requested' | 'open' | 'ended' | 'closed';

/** The optional parts of a response. */
export interface FakeAnswer {
  /** The headers. `open` adds `Content-Type: text/event-stream` unless you set another type. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The URL of the response, for example after redirects. The URL of the request by default. */
  readonly url?: string;
}

/**
 * One request to a fake server, with methods to respond to it. When a method returns, the subscriber has already
 * received the result.
 */
export class FakeConnection implements FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lastEventId: string;
  readonly body: unknown;
  private stood: FakeConnectionState = 'requested';
  private chunks = 0;
  private readonly stream = new FakeBody(() => this.close());
  /** Emits when the connection ends for any reason, and stops `play`. */
  private readonly over = new Subject<void>();

  /** @internal */
  constructor(
    request: FakeRequest,
    private readonly answer: SynchronousPromise<ResponseLike>,
    signal: AbortSignal | undefined,
    /** The number of the connection on its server, starting with 0. */
    readonly index: number,
    /** The lines of your code in the stack of the request, innermost first. */
    readonly openedAt: string,
  ) {
    ({
      method: this.method,
      url: this.url,
      headers: this.headers,
      lastEventId: this.lastEventId,
      body: this.body,
    } = request);
    signal?.addEventListener('abort', () => this.close(signal.reason), { once: true });
  }

  /** The current state. */
  get state(): FakeConnectionState {
    return this.stood;
  }

  /** How many events, comments and raw chunks were sent. */
  get sent(): number {
    return this.chunks;
  }

  /**
   * Accepts the request with an event stream, which stays open until you end or break it, or the client closes it.
   *
   * @param answer the headers of the response, and its URL after redirects
   */
  open({ headers, url = this.url }: FakeAnswer = {}): this {
    this.expectState('requested', 'open()');
    this.stood = 'open';
    const given = new Headers(headers);
    if (!given.has('content-type')) given.set('content-type', 'text/event-stream');
    this.answer.resolve(new FakeResponse(200, url, given, this.stream));
    return this;
  }

  /**
   * Responds with a status, usually an error. 204 tells the client to stop.
   *
   * @param answer the body of the response, its headers, and its URL after redirects
   */
  refuse(status: number, { headers, url = this.url, body = '' }: FakeAnswer & { readonly body?: string } = {}): this {
    this.expectState('requested', 'refuse()');
    this.stood = 'ended';
    const stream = new FakeBody();
    stream.push(new TextEncoder().encode(body));
    stream.finish({});
    this.answer.resolve(new FakeResponse(status, url, new Headers(headers), status === 204 ? null : stream));
    return this;
  }

  /** Fails the request without a response, as if no server was listening. */
  fail(error: unknown = new TypeError('Failed to fetch')): this {
    this.expectState('requested', 'fail()');
    this.stood = 'ended';
    this.answer.reject(error);
    return this;
  }

  /** Sends an event. A string is the data of a `message`. */
  send(event: FakeEvent | string): this {
    return this.write(encodeEvent(typeof event === 'string' ? { data: event } : event), 'send()');
  }

  /** Sends a comment. Servers use comments as heartbeats. */
  comment(text = ''): this {
    return this.write(encodeEvent({ comment: text }), 'comment()');
  }

  /** Sends bytes or text as one chunk, split anywhere you like. */
  raw(chunk: string | Uint8Array): this {
    return this.write(chunk, 'raw()');
  }

  /** Ends the stream cleanly. */
  end(): this {
    return this.finish({}, 'end()');
  }

  /** Breaks the connection, as if the network failed. */
  break(error: unknown = new TypeError('terminated')): this {
    return this.finish({ error }, 'break()');
  }

  /**
   * Accepts the request, unless it's open, and sends everything that `events` emits. When `events` completes, the
   * stream ends. When it errors, the connection breaks. Unsubscribes from `events` when the connection ends.
   */
  play(events: Observable<FakeEvent | string>): this {
    if (this.stood === 'requested') this.open();
    this.expectState('open', 'play()');
    events.pipe(takeUntil(this.over)).subscribe({
      next: event => void this.send(event),
      error: (error: unknown) => void this.break(error),
      complete: () => {
        // `events` also completes when the connection ends.
        if (this.stood === 'open') this.end();
      },
    });
    return this;
  }

  /** The client closes the connection. */
  private close(reason?: unknown): void {
    const { stood } = this;
    if (stood === 'ended' || stood === 'closed') return;
    this.stood = 'closed';
    this.over.next();
    this.answer.reject(reason);
    this.stream.abort({ error: reason });
  }

  private write(chunk: string | Uint8Array, call: string): this {
    this.expectState('open', call);
    this.chunks++;
    this.stream.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
    return this;
  }

  private finish(end: { readonly error?: unknown }, call: string): this {
    this.expectState('open', call);
    this.stood = 'ended';
    this.over.next();
    this.stream.finish(end);
    return this;
  }

  private expectState(expected: FakeConnectionState, call: string): void {
    const { stood } = this;
    if (stood === expected) return;
    const why = {
      requested: "it isn't accepted yet: call open() first",
      open: 'it is open already',
      ended: 'the server has ended it',
      closed: 'the client has closed it',
    }[stood];
    throw new Error(`Expected a connection that is ${expected} for ${call}, but ${why}: ${inOneLine(this)}`);
  }
}

/** Describes a request in one line. */
export function inOneLine({ method, url, lastEventId }: FakeRequest): string {
  return `${method} ${url}${lastEventId && `, after ${JSON.stringify(lastEventId)}`}`;
}
