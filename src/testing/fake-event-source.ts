import { isObservable, type Observable } from 'rxjs';
import type { FetchLike, HeadersLike, ResponseLike } from '../index.js';
import type { FakeEvent } from './encode-event.js';
import { FakeConnection, type FakeRequest, inOneLine } from './fake-connection.js';
import { openedAt } from './opened-at.js';
import { SynchronousPromise } from './synchronous-promise.js';

/** The expected properties of a connection. All are optional. */
export interface ExpectedConnection {
  /** The method, case-insensitive. */
  readonly method?: string;
  /** The URL as passed to `fetch`, or a pattern. */
  readonly url?: string | RegExp;
  /** The headers, by case-insensitive name. `null` means that the header must be missing. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** The position of the request; `''` for a connection without one. */
  readonly lastEventId?: string;
  /** The same value, or the same text. */
  readonly body?: unknown;
}

/**
 * Responds to each connection automatically. Call methods of the connection, or return an Observable for its `play`.
 * With a script, you can expect connections, but don't have to.
 */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a script need not return
export type FakeScript = (connection: FakeConnection) => Observable<FakeEvent | string> | FakeConnection | void;

/**
 * Creates a server for tests, behind a function that replaces `fetch`. It has no sockets, timers or microtasks. When a
 * method of a connection returns, the subscriber has already received the result.
 *
 * Pass its `fetch` to the stream under test and subscribe. Then control the server: expect a connection, accept or
 * refuse it, send events, end or break it. After each test, call `verify()` to make sure that nothing is left open.
 * With a `script`, the server responds automatically.
 *
 * The server itself never waits. The stream uses its own scheduler for the wait before it reconnects, so control it
 * with a TestScheduler or with the fake timers of jest and vitest.
 *
 * @param script responds to each connection
 *
 * @example
 * ```ts
 * const server = fakeEventSource();
 * const texts: string[] = [];
 * fromEventSource('/chat', { fetch: server.fetch, reconnect: false }).subscribe(event => texts.push(event.data));
 *
 * const connection = server.expectConnection({ url: '/chat', lastEventId: '' });
 * connection.open().send({ id: 1, data: 'hello' });
 * connection.end();
 *
 * console.log(texts); // ['hello']
 * server.verify();
 * ```
 */
export function fakeEventSource(script?: FakeScript): FakeEventSource {
  if (script !== undefined && typeof script !== 'function') {
    throw new TypeError(`Expected a function for \`script\`, but got ${String(script)}`);
  }
  return new FakeEventSource(script);
}

/** The server that `fakeEventSource()` creates. */
export class FakeEventSource {
  private readonly asked: FakeConnection[] = [];
  /** Connections that no test has expected yet. */
  private unexpected: FakeConnection[] = [];
  /** Tests that wait for a connection, oldest first. */
  private waiting: Waiting[] = [];
  /** Errors that the script has thrown. */
  private readonly thrown: { readonly connection: FakeConnection; readonly error: unknown }[] = [];

  /** @internal */
  constructor(private readonly script: FakeScript | undefined) {}

  /** All connections, in order. */
  get connections(): readonly FakeConnection[] {
    return this.asked;
  }

  /** Replaces `fetch`: pass it as the option `fetch`. */
  readonly fetch: FetchLike = (url: string, init: FetchInit = {}) => {
    const answer = new SynchronousPromise<ResponseLike>();
    const { signal } = init;
    if (signal?.aborted) {
      // An aborted request is never sent.
      answer.reject(signal.reason);
      return answer;
    }
    const connection = new FakeConnection(toRequest(url, init), answer, signal, this.asked.length, openedAt());
    this.asked.push(connection);
    this.unexpected.push(connection);
    this.serveWaiting();
    this.runScript(connection);
    return answer;
  };

  /**
   * Returns the oldest matching connection that wasn't expected before. If there is none, throws an error that lists
   * the existing ones. A stream connects within `subscribe`, unless one of its functions answers later: use
   * `nextConnection` then.
   */
  expectConnection(expected: ExpectedConnection | string | RegExp = {}): FakeConnection {
    const connection = this.take(toExpected(expected));
    if (connection) return connection;
    const none = this.asked.length > 0 ? "there is none that wasn't expected before" : 'there is none';
    throw new Error(
      `Expected a connection (${show(expected)}), but ${list(none, 'there are others', this.unexpected)}`,
    );
  }

  /** Waits for the connection if it doesn't exist yet. */
  nextConnection(expected: ExpectedConnection | string | RegExp = {}): Promise<FakeConnection> {
    const next = new Promise<FakeConnection>((resolve, reject) => {
      this.waiting.push({ expected: toExpected(expected), shown: show(expected), resolve, reject });
      this.serveWaiting();
    });
    // If the connection never comes, `verify` reports it, even if nobody handles this rejection.
    next.catch(() => undefined);
    return next;
  }

  /** Throws if there is an unexpected connection. */
  expectNoConnection(): void {
    if (this.unexpected.length === 0) return;
    throw new Error(`Expected no connection, but ${list('', 'there is', this.unexpected)}`);
  }

  /**
   * Throws if a connection is unexpected or still open, and lists where it was opened. Also throws if a call of
   * `nextConnection` is still waiting, or if the script has thrown. It changes nothing: if you call it again, it throws
   * the same error.
   *
   * A stream that waits before it reconnects has no connection, only a timer.
   */
  verify(): void {
    const faults: string[] = [];
    for (const { connection, error } of this.thrown) {
      faults.push(`Expected the script to serve ${inOneLine(connection)}, but it threw ${textOf(error)}`);
    }
    const left = this.asked.filter(({ state }) => state === 'requested' || state === 'open');
    if (left.length > 0) faults.push(list('', 'Expected no connection to be left open, but there is', left));
    const unseen = this.script ? [] : this.unexpected.filter(connection => !left.includes(connection));
    if (unseen.length > 0) {
      faults.push(list('', 'Expected no connection besides those expected, but there was', unseen));
    }
    for (const { shown, reject } of this.waiting) {
      const fault = `Expected a connection (${shown}), but it never came`;
      reject(new Error(fault));
      faults.push(fault);
    }
    if (faults.length > 0) throw new Error(faults.join('\n\n'));
  }

  private runScript(connection: FakeConnection): void {
    try {
      const events = this.script?.(connection);
      // The client may have closed the connection within the script.
      if (isObservable(events) && connection.state !== 'closed') connection.play(events);
    } catch (error) {
      // The stream sees a failed connection and reconnects. `verify` reports the error to the test.
      this.thrown.push({ connection, error });
      if (connection.state === 'requested') connection.fail(error);
      else if (connection.state === 'open') connection.break(error);
    }
  }

  private take(expected: ExpectedConnection): FakeConnection | undefined {
    const connection = this.unexpected.find(connection => fits(connection, expected));
    if (connection) this.unexpected = this.unexpected.filter(other => other !== connection);
    return connection;
  }

  private serveWaiting(): void {
    this.waiting = this.waiting.filter(({ expected, resolve }) => {
      const connection = this.take(expected);
      if (connection) resolve(connection);
      return !connection;
    });
  }
}

interface FetchInit {
  readonly method?: string;
  readonly headers?: HeadersLike;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

interface Waiting {
  readonly expected: ExpectedConnection;
  readonly shown: string;
  readonly resolve: (connection: FakeConnection) => void;
  readonly reject: (error: Error) => void;
}

function toRequest(url: string, { method = 'GET', headers, body }: FetchInit): FakeRequest {
  const byName = Object.fromEntries(new Headers(headers));
  // The header has the UTF-8 bytes of the id, each as one character.
  const bytes = Uint8Array.from(byName['last-event-id'] ?? '', character => character.charCodeAt(0));
  const lastEventId = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return { method, url, headers: byName, lastEventId, body };
}

const toExpected = (expected: ExpectedConnection | string | RegExp): ExpectedConnection =>
  typeof expected === 'string' || expected instanceof RegExp ? { url: expected } : expected;

function fits(
  connection: FakeRequest,
  { method, url, headers = {}, lastEventId, ...rest }: ExpectedConnection,
): boolean {
  return (
    (method === undefined || method.toUpperCase() === connection.method.toUpperCase()) &&
    (url === undefined || matches(connection.url, url)) &&
    (lastEventId === undefined || lastEventId === connection.lastEventId) &&
    (!('body' in rest) || rest.body === connection.body) &&
    Object.entries(headers).every(([name, value]) => {
      const given = connection.headers[name.toLowerCase()];
      return value === null ? given === undefined : given !== undefined && matches(given, value);
    })
  );
}

const matches = (text: string, pattern: string | RegExp) =>
  typeof pattern === 'string' ? text === pattern : text.search(pattern) >= 0;

const show = (expected: ExpectedConnection | string | RegExp): string =>
  Object.entries(toExpected(expected))
    .map(
      ([name, value]) =>
        `${name}: ${JSON.stringify(value, (_, part: unknown) => (part instanceof RegExp ? String(part) : part))}`,
    )
    .join(', ') || 'any';

const textOf = (error: unknown) => (error instanceof Error ? error.stack : undefined) ?? String(error);

const list = (none: string, some: string, connections: readonly FakeConnection[]): string =>
  connections.length === 0
    ? none
    : [
        `${some}:`,
        ...connections.map(connection => {
          const { state, sent, openedAt } = connection;
          return `  ${inOneLine(connection)} (${state}, ${sent} sent), opened\n${openedAt}`;
        }),
      ].join('\n');
