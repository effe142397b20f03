// Runs only the chat's server, for several machines with one Redis.
// node --import tsx examples/chat/serve.ts [--port <port>] [--host <address>] [--redis <url>] [--data <folder>]
// [--history <number>]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage } from './build-page.js';
import { messageOf } from './client/message-of.js';
import { parseNumber } from './parse-number.js';
import { ChatServer } from './server/chat-server.js';
import { openStore } from './server/open-store.js';

/** How long it may take to end, in milliseconds. */
const CLOSE_TIMEOUT = 5_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    host: { type: 'string', default: '127.0.0.1' },
    redis: { type: 'string' },
    data: { type: 'string' },
    history: { type: 'string', default: '10000' },
    retry: { type: 'string', default: '2000' },
    heartbeat: { type: 'string', default: '2000' },
    page: { type: 'boolean', default: false },
    trouble: { type: 'boolean', default: false },
  },
});

const port = parseNumber('--port', values.port, 0, 65_535);
const history = parseNumber('--history', values.history, 1, 1_000_000);
const retry = parseNumber('--retry', values.retry, 1, 3_600_000);
const heartbeat = parseNumber('--heartbeat', values.heartbeat, 1, 3_600_000);

try {
  const server = await ChatServer.start({
    port,
    host: values.host,
    pageFolder: values.page ? buildPage() : import.meta.dirname,
    openStore: () =>
      openStore({
        redis: values.redis,
        folder: values.data ?? join(import.meta.dirname, '.data', String(port)),
        history,
      }),
    retry,
    heartbeat,
    trouble: values.trouble,
  });
  console.log(`The chat is at ${server.origin}/`);
  const close = () => {
    // Not even a Redis that answers nothing keeps the process.
    setTimeout(() => process.exit(1), CLOSE_TIMEOUT).unref();
    void server.close().then(() => process.exit());
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, close);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
