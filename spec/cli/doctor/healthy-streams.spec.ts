import { createServer as createHttpsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { interval } from 'rxjs';
import { Http2Server } from '../../support/http2-server.js';
import { certificate } from '../../support/localhost-certificate.js';
import { Exchange, SseServer } from '../../support/sse-server.js';
import { application } from './application.js';
import { examine, findingOf, wrongIn } from './examine.js';

describe('a healthy stream', () => {
  it('has no problems or warnings', async () => {
    const server = await SseServer.start(application());
    const report = await examine(server.url);
    expect(wrongIn(report)).toEqual([]);
    expect(report).toMatchObject({ isHealthy: true, url: server.url });
    expect(findingOf(report, 'resume').verdict).toBe('ok');
    expect(findingOf(report, 'buffering').verdict).toBe('ok');
    expect(findingOf(report, 'heartbeats').verdict).toBe('ok');
    await server.close();
  });

  it('is requested as a browser would request it, with the given headers', async () => {
    const server = await SseServer.start(application());
    await examine(server.url, { headers: { Authorization: 'Bearer a' } });
    const [first, second] = server.exchanges.map(({ request }) => request.headers);
    expect(first).toMatchObject({
      accept: 'text/event-stream',
      'accept-encoding': 'gzip, deflate, br',
      authorization: 'Bearer a',
    });
    expect(first).not.toHaveProperty('last-event-id');
    expect(second).toMatchObject({ authorization: 'Bearer a', 'last-event-id': expect.stringMatching(/^\d+$/) });
    await server.close();
  });

  it('is requested only once for a POST, with its body', async () => {
    const server = await SseServer.start(application());
    const examined = examine(server.url, { method: 'POST', body: 'prompt' });
    expect(await (await server.exchange(0)).body()).toBe('prompt');
    expect(findingOf(await examined, 'resume')).toMatchObject({ verdict: 'skipped' });
    expect(server.exchanges).toHaveLength(1);
    await server.close();
  });

  it('may end after all its events', async () => {
    const server = await SseServer.start(exchange => {
      const events = ['1', '2', '3'].filter(id => id > (exchange.lastEventId ?? ''));
      exchange.open({ 'cache-control': 'no-store' }).end(events.map(id => `id: ${id}\ndata: ${id}\n\n`).join(''));
    });
    const report = await examine(server.url);
    expect(wrongIn(report)).toEqual([]);
    expect(findingOf(report, 'end').verdict).toBe('note');
    expect(findingOf(report, 'resume').verdict).toBe('ok');
    await server.close();
  });

  it('may report that it can’t resume', async () => {
    const stream = application({ from: (_, count) => count + 1 });
    const server = await SseServer.start(exchange => {
      if (exchange.lastEventId !== undefined) exchange.response.setHeader('last-event-id', 'earlier');
      stream(exchange);
    });
    const report = await examine(server.url);
    expect(wrongIn(report)).toEqual([]);
    expect(findingOf(report, 'resume')).toMatchObject({ verdict: 'note' });
    await server.close();
  });
});

describe('over TLS', () => {
  const startHttps = async () => {
    const answer = application();
    const server = createHttpsServer(certificate, (request, response) => answer(new Exchange(request, response, 0)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    };
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/stream`, close };
  };

  it('a certificate that isn’t trusted is a problem, and no request is sent', async () => {
    const server = await Http2Server.start();
    const report = await examine(`${server.origin}/stream`);
    expect(wrongIn(report)).toEqual(['tls: problem']);
    expect(findingOf(report, 'tls').says).toBe('The certificate is self-signed.');
    expect(server.exchanges).toEqual([]);
    await server.close();
  });

  it('a stream over HTTP/1.1 has no problems or warnings', async () => {
    const server = await startHttps();
    const report = await examine(server.url, { isInsecure: true });
    expect(wrongIn(report)).toEqual([]);
    expect(findingOf(report, 'tls').verdict).toBe('note');
    expect(findingOf(report, 'http-version')).toMatchObject({ verdict: 'note', facts: { httpVersion: '1.1' } });
    await server.close();
  });

  it('a stream over HTTP/2 has no problems or warnings', async () => {
    const server = await Http2Server.start(({ stream, lastEventId }) => {
      let id = Number(lastEventId ?? 0);
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const sending = interval(20).subscribe(() => stream.write(`id: ${++id}\ndata: ${id}\n\n:\n\n`));
      stream.on('close', () => sending.unsubscribe());
    });
    const report = await examine(`${server.origin}/stream`, { isInsecure: true });
    expect(wrongIn(report)).toEqual([]);
    expect(findingOf(report, 'http-version')).toMatchObject({ verdict: 'ok', facts: { httpVersion: '2', alpn: 'h2' } });
    expect(findingOf(report, 'resume').verdict).toBe('ok');
    await server.close();
  });

  it.each<[string, (server: Http2Server) => void]>([
    ['reset', server => server.exchanges[0]?.reset(2)],
    ['canceled', server => server.exchanges[0]?.reset(8)],
    ['cut', server => server.exchanges[0]?.cut()],
  ])('a stream over HTTP/2 that is %s counts as cut, and not as ended', async (_how, breakOff) => {
    const server = await Http2Server.start();
    const examined = examine(`${server.origin}/stream`, { isInsecure: true, watch: 5000 });
    const exchange = await server.exchange('/stream');
    exchange.stream.respond({ ':status': 200, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    await new Promise(resolve => exchange.stream.write('id: 1\ndata: 1\n\n', resolve));
    breakOff(server);
    const report = await examined;
    expect(findingOf(report, 'end').facts).toMatchObject({ end: 'cut' });
    await server.close();
  });
});
