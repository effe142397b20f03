import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContentTypeError, fromEventSource, ResponseStatusError } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

describe('the check of a response', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const refusal = async (answer: (server: SseServer) => Promise<void>) => {
    const stream = observe(fromEventSource(`${server.url}?token=secret#part`, { reconnect: false }));
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
    expect(error.message).toBe(
      `Expected Content-Type text/event-stream, but got ${JSON.stringify(type)} from ${server.url}`,
    );
  });

  it('refuses an answer without a type', async () => {
    const error = await refusal(async () => (await server.exchange(0)).refuse(200));
    expect(error).toMatchObject({ name: 'ContentTypeError', contentType: null });
  });

  it('tells status, headers, url and text of a refusal, with no secret in the message [pitfall 12] [pitfall 16]', async () => {
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
    expect(error.message).toBe(`Expected status 200, but got 500 from ${server.url}`);
  });

  it('reads 64 KiB of the text, and cancels the rest', async () => {
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

  it('reads it for 2 s', async () => {
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

  it('tells what came of a text that breaks, or that is none', async () => {
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
});
