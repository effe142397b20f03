import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventSourceError, type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** The ways to fail, with the response or the options that cause each of them. */
type Failure = [what: string, name: string, answer: (exchange: Exchange) => void, options?: EventSourceOptions];
const FAILURES: Failure[] = [
  ['an error status', 'ResponseStatusError', exchange => exchange.refuse(500, {}, 'no')],
  ['a wrong content type', 'ContentTypeError', exchange => exchange.refuse(200, { 'content-type': 'text/html' })],
  ['no response', 'ConnectionError', exchange => exchange.cut()],
  ['a lost connection', 'ConnectionError', exchange => exchange.open().send('data: a\n\n').cut()],
  ['a redirect to a file URL', 'ConnectionError', exchange => exchange.refuse(302, { location: 'file:///?secret' })],
  ['headers that are too late', 'EventSourceTimeoutError', () => undefined, { connectTimeout: 1 }],
  ['silence', 'EventSourceTimeoutError', exchange => exchange.open(), { idleTimeout: 1 }],
  [
    'an event that is too large',
    'EventTooLargeError',
    exchange => exchange.open().send('data: secret\n\n'),
    { maxEventSize: 5 },
  ],
  [
    'a full store',
    'EventSourceError',
    exchange => exchange.open().send('id: secret\ndata: a\n\n'),
    { lastEventId: { get: () => '', set: () => Promise.reject(new Error('full')) } },
  ],
];

/** Subscribes to a server that fails in this way, and returns the error. */
async function fail([, , answer, failing]: Failure, path: string, options: EventSourceOptions): Promise<unknown> {
  const server = await SseServer.start(answer);
  try {
    return await observe(fromEventSource(`${server.origin}${path}`, { ...options, ...failing })).failed();
  } finally {
    await server.close();
  }
}

describe('a failure', () => {
  it.each(FAILURES)('reveals no secrets: %s', async (...failure) => {
    const error = (await fail(failure, '/stream?token=secret#secret', {
      headers: { authorization: 'secret', 'x-api-key': 'secret' },
      lastEventId: 'secret',
      lastEventIdParam: 'from',
      reconnect: false,
    })) as EventSourceError;
    expect(error).toBeInstanceOf(EventSourceError);
    expect(error.name).toBe(failure[1]);
    expect(`${String(error.stack)} ${JSON.stringify(error)}`).not.toContain('secret');
  });

  // The spellings that the URL standard (§ 4.4) reads as http://user:secret@host/s.
  it.each([
    'http://user:secret@host/s',
    'HTTP://user:secret@host/s',
    'http://user:@secret@host/s',
    ' \t\n\0http://user:secret@host/s',
    'ht\ntp:/\t/user:secret@host/s',
    'http:\\\\user:secret@host/s',
    'http:/user:secret@host/s',
    'http:user:secret@host/s',
    'http:////user:secret@host/s',
    'http:/\\user:secret@host/s',
  ])('of a URL with credentials reveals none of them: %j', async url => {
    expect(new URL(url.replace(/^\s+/, '')).password).not.toBe('');
    const error = (await observe(fromEventSource(url)).failed()) as EventSourceError;
    expect(error.message).not.toContain('secret');
    expect(error.url).not.toContain('secret');
    expect(error.url).toMatch(/host[\\/]s$/);
  });

  it('reveals credentials only in its cause, the error of the platform', async () => {
    const error = (await observe(fromEventSource('http://user:secret@host/s')).failed()) as EventSourceError;
    expect(String(error.cause)).toContain('secret');
  });
});

describe('the console', () => {
  it('stays empty for any failure, and the process emits no warning', async () => {
    const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;
    const spies = methods.map(method => jest.spyOn(console, method));
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    try {
      for (const failure of FAILURES) {
        const error = await fail(failure, '/stream', { reconnect: { count: 1, delay: 0, when: () => true } });
        expect(error).toMatchObject({ name: failure[1] });
      }
    } finally {
      process.off('warning', note);
    }
    expect(spies.flatMap(spy => spy.mock.calls)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('is not used in the source, and neither is code from text', () => {
    const source = new URL('../../src/', import.meta.url);
    const files = (readdirSync(source, { recursive: true }) as string[]).filter(path => path.endsWith('.ts'));
    const found = files.filter(path =>
      // Comments contain examples.
      /\bconsole\s*[.[]|\beval\b|\bFunction\s*\(|(inner|outer)HTML|insertAdjacentHTML|document\.write|import\([^'"]/.test(
        readFileSync(new URL(path, source), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, ''),
      ),
    );
    expect(files.length).toBeGreaterThan(30);
    expect(found).toEqual([]);
  });
});
