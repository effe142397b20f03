// The server, in a process of its own: what it costs is not counted.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import { transform } from 'esbuild';
import { pieces, TYPE } from './stream.mjs';

const BULK = 64 * 1024;

/** Resolves when more may be written, or nothing will be read any more. */
const drained = response =>
  new Promise(resolve => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve(undefined);
    };
    response.on('drain', done).on('close', done);
  });

/**
 * Writes events as fast as they are read: in HTTP chunks of 64 kB (`bulk`), or of one event each (`event`), of which a client then
 * finds many in each read, or with a turn of the event loop in between, so that each is sent by itself (`single`).
 */
async function sendEvents(response, { count, chunk }) {
  for (const piece of pieces(Number(count), chunk === 'bulk' ? BULK : 'event')) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
    else if (chunk === 'single') await turn();
  }
  response.end();
}

/** Milliseconds since 1970, by the clock that all processes of a machine share. */
const now = () => performance.timeOrigin + performance.now();

/** Writes `rate` events a second, each with the time at which it is written. */
function sendTimes(response, { count, rate }) {
  const start = now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = Math.min(Number(count), ((now() - start) * Number(rate)) / 1000); sent < due; sent++) {
      response.write(`event: ${TYPE}\ndata: ${now()}\n\n`);
    }
    if (sent >= Number(count)) response.end();
    if (response.writableEnded || response.destroyed) clearInterval(timer);
  }, 1);
}

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const options = Object.fromEntries(searchParams);
  if (pathname === '/page') {
    // An isolated page has a clock of 5 µs and not of 100 µs.
    const isolated = {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    response.writeHead(200, { 'content-type': 'text/html', ...isolated }).end('<!doctype html><title>bench</title>');
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  });
  if (pathname === '/events') void sendEvents(response, options);
  else if (pathname === '/times') sendTimes(response, options);
  // One event, that the stream is known to be open, and nothing more.
  else response.write(pieces(1, 'event').next().value);
}

/** The certificate of the specs, which are in TypeScript. */
async function readCertificate() {
  const path = new URL('../../spec/support/localhost-certificate.ts', import.meta.url);
  const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts' });
  const { certificate } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return certificate;
}

const server = createServer(answer);
server.keepAliveTimeout = 60_000;
// A browser has a thousand streams over HTTP/2 only, and no more than 256 of them with one host: all of 127.0.0.0/8 are hosts here.
const settings = { maxConcurrentStreams: 256 };
const secureServer = createSecureServer({ ...(await readCertificate()), settings }, answer);
const listen = (server, host) =>
  new Promise(resolve => server.listen({ port: 0, host, backlog: 4096 }, () => resolve(server.address().port)));
process.on('disconnect', () => process.exit());
process.send?.({ port: await listen(server, '127.0.0.1'), securePort: await listen(secureServer, '0.0.0.0') });
