import { type Observable, Subject, takeUntil } from 'rxjs';
import type { ResponseLike } from '../index.js';
import { encodeEvent, type FakeEvent } from './encode-event.js';
import { FakeBody } from './fake-body.js';
import { FakeResponse } from './fake-response.js';
import type { SynchronousPromise } from './synchronous-promise.js';

/** What a request carried. */
export interface FakeRequest {
  /** In upper or lower case, as it was given. */
  readonly method: string;
  /** As it was given to `fetch`: relative, where it was given so. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `Last-Event-ID` header, decoded from its UTF-8 bytes; `''` where there was none. */
  readonly lastEventId: string;
  /** As it was given to `fetch`; `undefined` for none. */
  readonly body: unknown;
}

/**
 * How a connection stands: `requested` until it is answered, `open` while events can be sent, `ended` when the server has refused, ended
 * or broken it, `closed` when the client has let go of it.
 */
export type FakeConnectionState = 'requested' | 'open' | 'ended' | 'closed';

/** What comes with an answer, all of which may be left out. */
export interface FakeAnswer {
  /** For `open`, `Content-Type: text/event-stream` is added unless they name another. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it comes from, as after redirects; by default the URL that was asked for. */
  readonly url?: string;
}

/** One request to a fake server, and the means to answer it. What is done to it has come to the subscriber when the call returns. */
export class FakeConnection implements FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lastEventId: string;
  readonly body: unknown;
  private stood: FakeConnectionState = 'requested';
  private chunks = 0;
  private readonly stream = new FakeBody(() => this.close());
  /** Emits when the connection is over, however that came: nothing is played to it any more. */
  private readonly over = new Subject<void>();

  /** @internal */
  constructor(
    request: FakeRequest,
    private readonly answer: SynchronousPromise<ResponseLike>,
    signal: AbortSignal | undefined,
    /** 0 for the first connection that its server was asked for. */
    readonly index: number,
    /** Where it was asked for: the lines of the application in the stack of that call, innermost first. */
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

  /** How it stands now. */
  get state(): FakeConnectionState {
    return this.stood;
  }

  /** How many events, comments and pieces have been sent. */
  get sent(): number {
    return this.chunks;
  }

  /** Accepts: an event stream that goes on until it is ended, broken or closed. */
  open({ headers, url = this.url }: FakeAnswer = {}): this {
    this.expectState('requested', 'open()');
    this.stood = 'open';
    const given = new Headers(headers);
    if (!given.has('content-type')) given.set('content-type', 'text/event-stream');
    this.answer.resolve(new FakeResponse(200, url, given, this.stream));
    return this;
  }

  /** Answers with a status, most often one that refuses, and with a `body` that is complete; 204 is the word to stop. */
  refuse(status: number, { headers, url = this.url, body = '' }: FakeAnswer & { readonly body?: string } = {}): this {
    this.expectState('requested', 'refuse()');
    this.stood = 'ended';
    const stream = new FakeBody();
    stream.push(new TextEncoder().encode(body));
    stream.finish({});
    this.answer.resolve(new FakeResponse(status, url, new Headers(headers), status === 204 ? null : stream));
    return this;
  }

  /** Fails the request before there is an answer, as where no server listens. */
  fail(error: unknown = new TypeError('Failed to fetch')): this {
    this.expectState('requested', 'fail()');
    this.stood = 'ended';
    this.answer.reject(error);
    return this;
  }

  /** Sends an event; a string is the data of a `message`. */
  send(event: FakeEvent | string): this {
    return this.write(encodeEvent(typeof event === 'string' ? { data: event } : event), 'send()');
  }

  /** Sends a comment, as servers do to show that they are alive. */
  comment(text = ''): this {
    return this.write(encodeEvent({ comment: text }), 'comment()');
  }

  /** Sends bytes as they are, or text: one chunk, cut wherever the test likes. */
  raw(chunk: string | Uint8Array): this {
    return this.write(chunk, 'raw()');
  }

  /** Ends the stream cleanly. */
  end(): this {
    return this.finish({}, 'end()');
  }

  /** Breaks the connection, as where the network is gone. */
  break(error: unknown = new TypeError('terminated')): this {
    return this.finish({ error }, 'break()');
  }

  /**
   * Accepts, unless it is open, and sends what `events` emits: its completion ends the stream, its error breaks it. It is unsubscribed from
   * when the connection is over.
   */
  play(events: Observable<FakeEvent | string>): this {
    if (this.stood === 'requested') this.open();
    this.expectState('open', 'play()');
    events.pipe(takeUntil(this.over)).subscribe({
      next: event => void this.send(event),
      error: (error: unknown) => void this.break(error),
      complete: () => {
        // It completes as well when the connection is over.
        if (this.stood === 'open') this.end();
      },
    });
    return this;
  }

  /** The client lets go of it. */
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
      requested: 'it is not accepted yet: open() does that',
      open: 'it is open already',
      ended: 'the server has ended it',
      closed: 'the client has closed it',
    }[stood];
    throw new Error(`Expected a connection that is ${expected} for ${call}, but ${why}: ${inOneLine(this)}`);
  }
}

/** A request in one line. */
export function inOneLine({ method, url, lastEventId }: FakeRequest): string {
  return `${method} ${url}${lastEventId && `, after ${JSON.stringify(lastEventId)}`}`;
}
