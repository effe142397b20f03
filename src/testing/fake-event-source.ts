import { isObservable, type Observable } from 'rxjs';
import type { FetchLike, HeadersLike, ResponseLike } from '../index.js';
import type { FakeEvent } from './encode-event.js';
import { FakeConnection, type FakeRequest, inOneLine } from './fake-connection.js';
import { openedAt } from './opened-at.js';
import { SynchronousPromise } from './synchronous-promise.js';

/** What a connection is expected to be; what is left out may be anything. */
export interface ExpectedConnection {
  /** In upper or lower case. */
  readonly method?: string;
  /** As it is given to `fetch`, or a part of it as a pattern. */
  readonly url?: string | RegExp;
  /** By name in any case; `null` for a header that must not be there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** `''` for a connection that asks to resume from nowhere. */
  readonly lastEventId?: string;
  /** The same value, or the same text. */
  readonly body?: unknown;
}

/**
 * What a server does with each connection by itself: it calls the connection's methods, or gives what is to be played to it. The connections
 * of a server with a script may be expected, and need not be.
 */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a script need not return
export type FakeScript = (connection: FakeConnection) => Observable<FakeEvent | string> | FakeConnection | void;

/**
 * A server for tests, behind a function that stands in for `fetch`: no sockets, no timers, no microtasks. What a test does to a
 * connection has come to the subscriber when the call returns.
 *
 * Give its `fetch` to the stream under test, subscribe, and say how it goes on: expect a connection, accept or refuse it, send events, end or
 * break it; and after each test `verify()` that nothing was left open. With a `script` the server answers by itself.
 *
 * Nothing of it waits: how long a stream waits before it reconnects goes through its own scheduler, and a TestScheduler, or the
 * fake timers of jest and vitest, drive that.
 *
 * @param script what the server does with each connection by itself
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

/** What `fakeEventSource()` gives. */
export class FakeEventSource {
  private readonly asked: FakeConnection[] = [];
  /** Those that no test has expected yet. */
  private unexpected: FakeConnection[] = [];
  /** Tests that wait for a connection, oldest first. */
  private waiting: Waiting[] = [];
  /** What the script has thrown. */
  private readonly thrown: { readonly connection: FakeConnection; readonly error: unknown }[] = [];

  /** @internal */
  constructor(private readonly script: FakeScript | undefined) {}

  /** Every connection that was asked for, in order. */
  get connections(): readonly FakeConnection[] {
    return this.asked;
  }

  /** Stands in for `fetch`: the option of that name takes it. */
  readonly fetch: FetchLike = (url: string, init: FetchInit = {}) => {
    const answer = new SynchronousPromise<ResponseLike>();
    const { signal } = init;
    if (signal?.aborted) {
      // Such a request never leaves: no server sees it.
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
   * The oldest connection that fits and was not expected before. It throws where there is none, and says what there is. A stream connects within
   * `subscribe`, unless a function among its options answers later: then `nextConnection` waits for it.
   */
  expectConnection(expected: ExpectedConnection | string | RegExp = {}): FakeConnection {
    const connection = this.take(toExpected(expected));
    if (connection) return connection;
    const none = this.asked.length > 0 ? 'there is none that was not expected before' : 'there is none';
    throw new Error(
      `Expected a connection (${show(expected)}), but ${list(none, 'there are others', this.unexpected)}`,
    );
  }

  /** The same, once it is asked for. */
  nextConnection(expected: ExpectedConnection | string | RegExp = {}): Promise<FakeConnection> {
    const next = new Promise<FakeConnection>((resolve, reject) => {
      this.waiting.push({ expected: toExpected(expected), shown: show(expected), resolve, reject });
      this.serveWaiting();
    });
    // Of one that never comes `verify` tells, also where nobody waits for it any more.
    next.catch(() => undefined);
    return next;
  }

  /** Throws where a connection was asked for that was not expected. */
  expectNoConnection(): void {
    if (this.unexpected.length === 0) return;
    throw new Error(`Expected no connection, but ${list('', 'there is', this.unexpected)}`);
  }

  /**
   * Throws unless all connections were expected and none is left open, and says what was left and where it was opened. It throws as well where
   * `nextConnection` waits in vain, and where the script has thrown. It changes nothing: called again, it says the same.
   *
   * A stream that waits before it reconnects has no connection: what it still holds is a timer.
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
      // Within the script the client may have left.
      if (isObservable(events) && connection.state !== 'closed') connection.play(events);
    } catch (error) {
      // To the stream it is a connection that failed, after which it reconnects: `verify` tells the test.
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
  // The header holds the id's UTF-8 bytes, each as a character.
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
