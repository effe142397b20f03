import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = { '.js': 'text/javascript', '.json': 'application/json', '.css': 'text/css', '.html': 'text/html' };

/**
 * Serves the files in `dist`, and streams. If there is a renderer, it also serves rendered pages. A new stream has two
 * events and then stays silent; a resumed one has a third event.
 */
export async function serveApplication(dist, render) {
  const requests = [];
  const streams = new Set();
  const changes = new EventEmitter();

  const stream = (request, response) => {
    const { 'last-event-id': lastEventId, 'x-user': user } = request.headers;
    requests.push({ url: request.url, lastEventId, user });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(lastEventId ? 'id: 3\ndata: c\n\n' : 'id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    streams.add(response);
    changes.emit('change');
    response.on('close', () => {
      streams.delete(response);
      changes.emit('change');
    });
  };

  const file = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const type = TYPES[extname(pathname)];
    if (type === undefined && render) return render(request, response);
    const path = type === undefined ? 'index.html' : pathname;
    response.setHeader('content-type', type ?? 'text/html');
    response.end(await readFile(join(dist, 'browser', path)));
  };

  const server = createServer(async (request, response) => {
    const { url, headers } = request;
    if (url.startsWith('/stream/')) stream(request, response);
    else if (url === '/plain') response.end(`for ${headers['x-user']}`);
    else {
      await file(request, response).catch(() => {
        response.statusCode = 404;
        response.end();
      });
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');

  return {
    origin: `http://localhost:${server.address().port}`,
    /** The requests of streams. */
    requests,
    /** Fulfills when this many streams are open. */
    async hasOpen(count) {
      const signal = AbortSignal.timeout(20_000);
      while (streams.size !== count) await once(changes, 'change', { signal });
    },
    /** Sends to all open streams. */
    send: text => streams.forEach(response => response.write(text)),
    cut: () => streams.forEach(response => response.socket.destroy()),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
