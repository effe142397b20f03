import { wrongStatus, wrongType } from '#texts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { asyncScheduler, lastValueFrom } from 'rxjs';
import { checkResponse } from '../../src/connection/check-response.js';
import { ContentTypeError, type EventSourceOptions, fromEventSource, ResponseStatusError } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

describe('checkResponse', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const refusal = async (answer: (server: SseServer) => Promise<void>, options: EventSourceOptions = {}) => {
    const stream = observe(fromEventSource(`${server.url}?token=secret#part`, { reconnect: false, ...options }));
    await answer(server);
    return (await stream.failed()) as ResponseStatusError;
  };

  it.each([
    'text/event-stream',
    'Text/Event-Stream',
    'text/event-stream;charset=utf-8',
    ' text/event-stream ; x="a,b"',
    'text/plain, text/event-stream',
    'text/event-stream;charset=utf-8, , none, */*',
  ])('accepts %p', async type => {
    const stream = observe(fromEventSource(server.url, { reconnect: false }));
    (await server.exchange(0)).refuse(200, { 'content-type': type }, 'data: x\n\n');
    expect(await stream.completed()).toHaveLength(1);
  });

  it.each([
    'text/html',
    'text/event-streams',
    'text/event-stream x',
    'text/event-stream\xa0',
    'text/event-stream, text/plain',
    '',
  ])('refuses %p', async type => {
    const error = await refusal(async () =>
      (await server.exchange(0)).refuse(200, { 'content-type': type }, 'data: x\n\n'),
    );
    expect(error).toBeInstanceOf(ContentTypeError);
    expect(error).toMatchObject({ contentType: type, retryable: false, url: server.url });
    expect(error.message).toBe(`${wrongType(['text/event-stream'], type)}: ${server.url}`);
  });

  it('refuses a response without a content type', async () => {
    const error = await refusal(async () => (await server.exchange(0)).refuse(200));
    expect(error).toMatchObject({ name: 'ContentTypeError', contentType: null });
  });

  it('reports status, headers, URL and body of a refusal, with no secret in the message [pitfall 12] [pitfall 16]', async () => {
    const error = await refusal(async () =>
      (await server.exchange(0)).refuse(
        500,
        { 'content-type': 'text/event-stream', 'x-why': 'db' },
        'data: no event of ours: ü\n\n',
      ),
    );
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({
      status: 500,
      url: server.url,
      body: 'data: no event of ours: ü\n\n',
      retryable: true,
    });
    expect(error.headers.get('x-why')).toBe('db');
    expect(error.message).toBe(`${wrongStatus(500)}: ${server.url}`);
  });

  it('reads 64 KiB of the body of a refusal, and cancels the rest', async () => {
    const error = await refusal(async () => {
      const exchange = await server.exchange(0);
      exchange.response.writeHead(400);
      exchange.send('x'.repeat(100)).send('ü'.repeat(64 * 1024));
      await exchange.gone();
    });
    const { body } = error;
    expect(Buffer.byteLength(body)).toBe(64 * 1024);
    expect(body).toMatch(/^x{100}ü+$/);
  });

  it('reads the body of a refusal for at most 2 s', async () => {
    const clock = new Clock();
    const stream = observe(fromEventSource(server.url, { reconnect: false, scheduler: clock }));
    const exchange = await server.exchange(0);
    exchange.response.writeHead(400);
    exchange.send('slow');
    await until(() => clock.timers > 0);
    clock.advanceTo(1999);
    expect(stream.status).toBe('live');
    clock.advanceTo(2000);
    expect(await stream.failed()).toBeInstanceOf(ResponseStatusError);
    await exchange.gone();
  });

  it('reports the body of a refusal as far as it arrived, or an empty one if there is none', async () => {
    const broken = await refusal(async () => {
      const exchange = await server.exchange(0);
      exchange.response.writeHead(400, { 'content-length': '100' });
      exchange.response.write('half', () => exchange.cut());
    });
    expect(broken.status).toBe(400);
    expect('half').toContain(broken.body);

    const fetch = () => Promise.resolve({ status: 410, url: '', headers: new Headers(), body: null });
    const none = await observe(fromEventSource('http://host/', { fetch })).failed();
    expect(none).toMatchObject({ status: 410, body: '', url: 'http://host/' });
  });

  describe('with the option accept', () => {
    const answered = async (options: EventSourceOptions, headers: Record<string, string>, status = 200) => {
      const index = server.exchanges.length;
      const stream = observe(fromEventSource(server.url, { reconnect: false, ...options }));
      (await server.exchange(index)).refuse(status, headers, 'data: x\n\n');
      return stream;
    };

    it.each<[readonly string[], string]>([
      [['text/plain'], 'text/plain; charset=utf-8'],
      [['Text/Plain; charset=ascii'], 'TEXT/plain'],
      [['text/event-stream', 'application/octet-stream'], 'application/octet-stream'],
      [['text/plain'], 'text/html, text/plain'],
    ])('accepts the types in the list %j: %j', async (accept, type) => {
      expect(await (await answered({ accept }, { 'content-type': type })).completed()).toHaveLength(1);
    });

    it.each<[readonly string[], string | undefined]>([
      [['text/plain'], 'text/event-stream'],
      [['text/plain', 'application/json'], 'text/html'],
      [['text/plain'], 'text'],
      [['text/plain'], undefined],
      [[], undefined],
    ])('refuses types that aren’t in the list %j: %j', async (accept, type) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const error = await (await answered({ accept }, headers)).failed();
      expect(error).toBeInstanceOf(ContentTypeError);
      expect((error as Error).message).toBe(`${wrongType(accept, type ?? null)}: ${server.url}`);
    });

    // The call refuses this option, but a page in production doesn't check options.
    it('refuses a response without a content type, even if the list contains `*/*`', async () => {
      const { origin } = new URL(server.url);
      const response = new Response('data: 1\n\n');
      response.headers.delete('content-type');
      const options = { accept: ['*/*'], validate: undefined, scheduler: asyncScheduler };
      await expect(lastValueFrom(checkResponse(response, origin, options))).rejects.toBeInstanceOf(ContentTypeError);
    });

    it('calls a predicate with the unchanged header, or with null', async () => {
      const seen: (string | null)[] = [];
      const accept = (type: string | null) => {
        seen.push(type);
        return type !== 'Text/HTML';
      };
      for (const headers of [{ 'content-type': 'Text/Plain; q="a, b"' }, {}]) {
        expect(await (await answered({ accept }, headers)).completed()).toHaveLength(1);
      }
      const error = await (await answered({ accept }, { 'content-type': 'Text/HTML' })).failed();
      expect(error).toMatchObject({ name: 'ContentTypeError', contentType: 'Text/HTML' });
      expect((error as Error).message).toBe(`${wrongType(undefined, 'Text/HTML')}: ${server.url}`);
      expect(seen).toEqual(['Text/Plain; q="a, b"', null, 'Text/HTML']);
    });

    it('fails with the error that a predicate throws, and cancels the body', async () => {
      const thrown = new Error('my own');
      const accept = () => {
        throw thrown;
      };
      const stream = observe(fromEventSource(server.url, { accept }));
      const exchange = (await server.exchange(0)).open();
      expect(await stream.failed()).toBe(thrown);
      await exchange.gone();
    });

    it('doesn’t call a predicate for a 204, or for another status', async () => {
      const accept = () => {
        throw new Error('asked');
      };
      expect(await (await answered({ accept }, {}, 204)).completed()).toEqual([]);
      expect(await (await answered({ accept }, {}, 206)).failed()).toBeInstanceOf(ResponseStatusError);
    });

    itChecked.each([
      ['text/event-stream'],
      [['json']],
      [['*/*']],
      [['text/*']],
      [['text/plain, text/html;']],
      [[5]],
      [[null]],
      [null],
      [true],
      [{}],
    ])('refuses %j at the call', accept => {
      const call = () => fromEventSource(server.url, { accept } as unknown as EventSourceOptions);
      expect(call).toThrow(TypeError);
      expect(call).toThrow('`accept`');
    });
  });

  describe('with the option validate', () => {
    it('checks the standard’s conditions first, and doesn’t replace them [pitfall 58]', async () => {
      const validate = jest.fn<() => void>();
      const status = await refusal(
        async () => (await server.exchange(0)).refuse(500, { 'content-type': 'text/html' }, '<h1>Oops</h1>'),
        { validate },
      );
      expect(status).toMatchObject({
        name: 'ResponseStatusError',
        status: 500,
        body: '<h1>Oops</h1>',
        retryable: true,
      });
      const type = await refusal(async () => (await server.exchange(1)).refuse(200, { 'content-type': 'text/html' }), {
        validate,
      });
      expect(type).toBeInstanceOf(ContentTypeError);
      expect(validate).not.toHaveBeenCalled();
    });

    it('validates responses that `accept` allows', async () => {
      const types: (string | null)[] = [];
      const validate = ({ headers }: Response) => void types.push(headers.get('content-type'));
      const stream = observe(fromEventSource(server.url, { accept: ['text/plain'], validate, reconnect: false }));
      (await server.exchange(0)).refuse(200, { 'content-type': 'text/plain' }, 'data: x\n\n');
      expect(await stream.completed()).toHaveLength(1);
      expect(types).toEqual(['text/plain']);
    });
  });
});
