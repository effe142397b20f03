import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createBrotliCompress, createDeflate, createDeflateRaw, createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { requestedHeaders } from '../../../src/cli/doctor/requested-headers.js';
import { Http2Server } from '../../support/http2-server.js';
import { SseServer } from '../../support/sse-server.js';
import { application } from './application.js';
import { examine, findingOf, wrongIn } from './examine.js';

const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const start = async (...given: Parameters<typeof SseServer.start>) => {
  const server = await SseServer.start(...given);
  servers.push(server);
  return server;
};

/** Starts a raw server, on which the test writes every byte itself. */
async function startRaw(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a response body', () => {
  it.each([
    ['gzip', createGzip],
    ['x-gzip', createGzip],
    ['deflate', createDeflate],
    ['deflate', createDeflateRaw],
    ['br', createBrotliCompress],
  ])('in %s is read as it arrives (%p)', async (encoding, create) => {
    const { url } = await start(
      application({
        headers: { 'content-encoding': encoding },
        writer: ({ response }) => {
          const compressor = create();
          compressor.pipe(response);
          return text => {
            compressor.write(text);
            compressor.flush();
          };
        },
      }),
    );
    // A slow machine takes a while to flush the first compressed bytes.
    const report = await examine(url, { watch: 2000 });
    expect(wrongIn(report)).toEqual(['compression: warning']);
    expect(findingOf(report, 'resume').verdict).toBe('ok');
  });

  it('in gzip that ends is read to its end', async () => {
    const { url } = await start(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.end('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n');
    });
    const report = await examine(url, { watch: 5000 });
    expect(findingOf(report, 'events').says).toBe('2 events arrived.');
    expect(findingOf(report, 'end').facts).toMatchObject({ end: 'ended', events: 2 });
  });

  it('in an encoding that wasn’t requested is a problem', async () => {
    const { url } = await start(application({ headers: { 'content-encoding': 'zstd' } }));
    expect(findingOf(await examine(url), 'events')).toMatchObject({
      verdict: 'problem',
      says: expect.stringMatching(/content-encoding zstd is unknown/),
    });
  });

  it('over HTTP/1.0 counts as ended when its connection closes', async () => {
    const place = await startRaw(socket => {
      socket.once('data', () =>
        socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\ndata: 1\n\n'),
      );
    });
    const report = await examine(`http://${place}/`);
    expect(findingOf(report, 'http-version').facts).toMatchObject({ httpVersion: '1.0' });
    expect(findingOf(report, 'end').facts).toMatchObject({ end: 'ended', events: 1 });
  });

  it('over HTTP/1.1 counts as cut, and not as ended, when its connection is cut', async () => {
    const { url } = await start(exchange => {
      exchange.open();
      exchange.response.write('data: 1\n\n', () => exchange.cut());
    });
    expect(findingOf(await examine(url), 'end')).toMatchObject({ verdict: 'warning', facts: { end: 'cut' } });
  });
});

describe('a connection', () => {
  it('may use a host name', async () => {
    const server = await start(application());
    const report = await examine(`http://localhost:${server.port}/stream`);
    expect(findingOf(report, 'dns')).toMatchObject({ verdict: 'ok', facts: { isAddress: false } });
    expect(wrongIn(report)).toEqual([]);
  });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      'doesn’t speak TLS',
      socket => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
      /doesn’t speak TLS/,
    ],
    ['is closed during the handshake', socket => void socket.on('data', () => socket.destroy()), /handshake failed/],
    ['sends nothing during the handshake', () => undefined, /handshake failed: There was no response within/],
  ])('that %s is a TLS problem', async (_what, onConnection, says) => {
    const report = await examine(`https://${await startRaw(onConnection)}/`, { watch: 300 });
    expect(wrongIn(report)).toEqual(['tls: problem']);
    expect(findingOf(report, 'tls').says).toMatch(says);
  });

  it('that doesn’t speak HTTP is a problem', async () => {
    const place = await startRaw(socket => void socket.write('SSH-2.0-OpenSSH_9\r\n'));
    const report = await examine(`http://${place}/`);
    expect(wrongIn(report)).toEqual(['headers: problem']);
    expect(findingOf(report, 'headers').says).toMatch(/isn’t HTTP/);
  });
});

describe('after a redirect', () => {
  const SECRET = { Authorization: 'Bearer a', cookie: 'a=b', 'x-other': 'c' };

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'prompt'],
    [308, 'POST', 'prompt'],
  ])('with %s, a POST is sent as a %s, and secrets stay with their origin', async (status, method, body) => {
    const target = await start();
    const source = await start(exchange => exchange.refuse(status, { location: target.url }));
    const examined = examine(source.url, { method: 'POST', body: 'prompt', headers: SECRET });
    const exchange = await target.exchange(0);
    expect(exchange.request.method).toBe(method);
    expect(await exchange.body()).toBe(body);
    expect(exchange.request.headers).toMatchObject({ 'x-other': 'c', accept: 'text/event-stream' });
    expect(exchange.request.headers).not.toHaveProperty('authorization');
    expect(exchange.request.headers).not.toHaveProperty('cookie');
    exchange.refuse(404);
    expect(wrongIn(await examined)).toEqual(['status: problem']);
  });

  it('to the same origin, secrets are sent again', async () => {
    const server = await start(exchange => {
      if (exchange.index === 0) exchange.refuse(307, { location: '/next' });
      else exchange.refuse(404);
    });
    await examine(server.url, { headers: SECRET });
    expect(server.exchanges[1]?.request.headers).toMatchObject({ authorization: 'Bearer a', cookie: 'a=b' });
  });
});

describe('a report', () => {
  it('contains no password from the URL, no header of the request, and no cookie of the response', async () => {
    const { port } = await start(application({ headers: { 'set-cookie': 'session=secret' } }));
    const report = await examine(`http://me:secret@127.0.0.1:${port}/stream`, { headers: { authorization: 'secret' } });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(report.url).toBe(`http://127.0.0.1:${port}/stream`);
  });
});

describe('the second connection', () => {
  it('is a problem if it is refused', async () => {
    const stream = application();
    const { url } = await start(exchange => {
      if (exchange.lastEventId === undefined) stream(exchange);
      else exchange.refuse(410);
    });
    const report = await examine(url);
    expect(wrongIn(report)).toEqual(['resume: problem']);
    expect(findingOf(report, 'resume').facts).toMatchObject({ status: 410 });
  });

  it('sends the position in UTF-8', async () => {
    const ids = ['é1', 'é2', 'é3'];
    const server = await start(exchange => {
      const from = ids.indexOf(exchange.lastEventId ?? '') + 1;
      exchange.open({ 'cache-control': 'no-store' }).send(
        ids
          .slice(from)
          .map(id => `id: ${id}\ndata: x\n\n`)
          .join(''),
      );
    });
    expect(findingOf(await examine(server.url, { watch: 200 }), 'resume').verdict).toBe('ok');
    expect(server.exchanges[1]?.lastEventId).toBe('é2');
  });
});

describe('over HTTP/2', () => {
  it('sends a POST with its body', async () => {
    const server = await Http2Server.start();
    servers.push(server);
    const examined = examine(`${server.origin}/stream`, { method: 'POST', body: 'prompt', isInsecure: true });
    const { stream, headers } = await server.exchange('/stream');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('prompt');
    expect(headers).toMatchObject({ ':method': 'POST', 'content-length': '6' });
    stream.respond({ ':status': 503 }, { endStream: true });
    expect(wrongIn(await examined)).toEqual(['status: problem']);
  });

  it('reports a request that is cut as a problem of the headers', async () => {
    const server = await Http2Server.start(exchange => exchange.cut());
    servers.push(server);
    expect(wrongIn(await examine(`${server.origin}/stream`, { isInsecure: true }))).toEqual(['headers: problem']);
  });
});

describe('requestedHeaders', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, ['last-event-id']],
    [{ Authorization: 'a', Cookie: 'b', Accept: 'c', 'User-Agent': 'd' }, ['authorization', 'last-event-id']],
    [{ 'content-type': 'application/json' }, ['content-type', 'last-event-id']],
    [{ 'Content-Type': 'text/plain; charset=utf-8' }, ['last-event-id']],
    [{ 'X-Z': '1', 'a-b': '2', 'sec-x': '3', 'Last-Event-ID': '4' }, ['a-b', 'last-event-id', 'x-z']],
  ])('for %j, returns %j', (headers, names) => {
    expect(requestedHeaders(headers)).toEqual(names);
  });
});
