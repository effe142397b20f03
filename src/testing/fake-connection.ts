import type { Observable, Subscription } from 'rxjs';
import type { ResponseLike } from '../index.js';
import { encodeEvent, type FakeEvent } from './encode-event.js';
import { FakeBody } from './fake-body.js';
import { SynchronousPromise } from './synchronous-promise.js';

/** What a request carried. */
export interface FakeRequest {
  readonly method: string;
  /** As it was given to `fetch`: relative, where it was given so. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `Last-Event-ID` header, decoded from its UTF-8 bytes; `''` where there was none. */
  readonly lastEventId: string;
  readonly body: unknown;
}

/**
 * How a connection stands: `requested` until it is answered, `open` while events can be sent, `ended` when the server has refused, ended
 * or broken it, `closed` when the client has let go of it.
 */
export type FakeConnectionState = 'requested' | 'open' | 'ended' | 'closed';

/** One request to a fake server, and the means to answer it. What is done to it has come to the subscriber when the call returns. */
export class FakeConnection implements FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lastEventId: string;
  readonly body: unknown;
  /** How many events, comments and pieces have been sent. */
  sent = 0;
  /** @internal */
  readonly answer = new SynchronousPromise<ResponseLike>();
  private stood: FakeConnectionState = 'requested';
  private stream: FakeBody | undefined;
  private played: Subscription | undefined;

  /** @internal */
  constructor(
    request: FakeRequest,
    /** 0 for the first connection that its server was asked for. */
    readonly index: number,
    /** The stack of the call that asked for it. */
    readonly openedAt: string,
  ) {
    ({
      method: this.method,
      url: this.url,
      headers: this.headers,
      lastEventId: this.lastEventId,
      body: this.body,
    } = request);
  }

  get state(): FakeConnectionState {
    return this.stood;
  }

  /** Accepts: an event stream that goes on until it is ended, broken or closed. */
  open(answer: { readonly headers?: Readonly<Record<string, string>>; readonly url?: string } = {}): this {
    this.expectState('requested', 'open()');
    this.stood = 'open';
    this.stream = new FakeBody(() => this.close());
    this.answer.resolve(
      response(200, { 'content-type': 'text/event-stream', ...answer.headers }, this.stream, answer.url),
    );
    return this;
  }

  /** Answers with a status, most often one that refuses; 204 is the word to stop. */
  refuse(
    status: number,
    { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
  ): void {
    this.expectState('requested', 'refuse()');
    this.stood = 'ended';
    const stream = new FakeBody(() => undefined);
    if (body) stream.push(new TextEncoder().encode(body));
    stream.finish({});
    this.answer.resolve(response(status, headers, status === 204 ? null : stream));
  }

  /** Fails the request before there is an answer, as where no server listens. */
  fail(error: unknown = new TypeError('Failed to fetch')): void {
    this.expectState('requested', 'fail()');
    this.stood = 'ended';
    this.answer.reject(error);
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
  end(): void {
    this.finish({}, 'end()');
  }

  /** Breaks the connection, as where the network is gone. */
  break(error: unknown = new TypeError('terminated')): void {
    this.finish({ error }, 'break()');
  }

  /**
   * Accepts, unless it is open, and sends what `events` emits: its completion ends the stream, its error breaks it. It is unsubscribed from
   * when the client closes the connection.
   */
  play(events: Observable<FakeEvent | string>): this {
    if (this.stood === 'requested') this.open();
    this.expectState('open', 'play()');
    this.played = events.subscribe({
      next: event => {
        if (this.stood === 'open') this.send(event);
      },
      error: (error: unknown) => {
        if (this.stood === 'open') this.break(error);
      },
      complete: () => {
        if (this.stood === 'open') this.end();
      },
    });
    if (this.stood !== 'open') this.played.unsubscribe();
    return this;
  }

  /** What the client does when it lets go. @internal */
  close(reason?: unknown): void {
    if (this.stood === 'requested') this.answer.reject(reason);
    if (this.stood === 'requested' || this.stood === 'open') this.stood = 'closed';
    this.stream?.finish({ error: reason });
    this.played?.unsubscribe();
  }

  private write(chunk: string | Uint8Array, call: string): this {
    this.expectState('open', call);
    this.sent++;
    this.stream?.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
    return this;
  }

  private finish(end: { readonly error?: unknown }, call: string): void {
    this.expectState('open', call);
    this.stood = 'ended';
    this.played?.unsubscribe();
    this.stream?.finish(end);
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
    throw new Error(`Expected a connection that is ${expected} for ${call}, but ${why}: ${describe(this)}`);
  }
}

/** A connection in one line. */
export function describe({ method, url, lastEventId }: FakeRequest): string {
  return `${method} ${url}${lastEventId && `, after ${JSON.stringify(lastEventId)}`}`;
}

function response(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: FakeBody | null,
  url = '',
): ResponseLike {
  return {
    status,
    ok: status >= 200 && status < 300,
    url,
    headers: new Headers(headers),
    body,
  } as ResponseLike;
}
