// The server, in a process of its own: what it costs is not counted.
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
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

const server = createServer((request, response) => {
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
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  if (pathname === '/events') void sendEvents(response, options);
  else if (pathname === '/times') sendTimes(response, options);
  // One event, that the stream is known to be open, and nothing more.
  else response.write(pieces(1, 'event').next().value);
});
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
