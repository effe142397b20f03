// The server runs in its own process, so that its cost isn't measured.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import { transform } from 'esbuild';
import { pieces, TYPE } from './stream.mjs';

const BULK = 64 * 1024;

/** Fulfills when more can be written, or when nobody reads any more. */
const drained = response =>
  new Promise(resolve => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve(undefined);
    };
    response.on('drain', done).on('close', done);
  });

/**
 * Writes events as fast as they are read: in HTTP chunks of 64 kB (`bulk`), with one event each (`event`), so that a
 * client finds many in each read, or with a turn of the event loop in between, so that each is sent separately
 * (`single`).
 */
async function sendEvents(response, { count, chunk }) {
  for (const piece of pieces(Number(count), chunk === 'bulk' ? BULK : 'event')) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
    else if (chunk === 'single') await turn();
  }
  response.end();
}

/** Returns milliseconds since 1970, by the clock that all processes of a machine share. */
const now = () => performance.timeOrigin + performance.now();

/** Writes `rate` events per second, each with its time. */
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
    // In an isolated page, the clock has a resolution of 5 µs instead of 100 µs.
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
  // Sends only one event, to show that the stream is open.
  else response.write(pieces(1, 'event').next().value);
}

/** Reads the certificate of the specs, which are in TypeScript. */
async function readCertificate() {
  const path = new URL('../../spec/support/localhost-certificate.ts', import.meta.url);
  const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts' });
  const { certificate } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return certificate;
}

const server = createServer(answer);
server.keepAliveTimeout = 60_000;
// A browser only opens a thousand streams over HTTP/2, and at most 256 of them per host. All addresses of 127.0.0.0/8
// are hosts here.
const settings = { maxConcurrentStreams: 256 };
const secureServer = createSecureServer({ ...(await readCertificate()), settings }, answer);
const listen = (server, host) =>
  new Promise(resolve => server.listen({ port: 0, host, backlog: 4096 }, () => resolve(server.address().port)));
process.on('disconnect', () => process.exit());
process.send?.({ port: await listen(server, '127.0.0.1'), securePort: await listen(secureServer, '0.0.0.0') });
