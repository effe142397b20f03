// The chat's server alone: for machines that run it beside others, on one Redis.
// node --import tsx examples/chat/serve.ts [--port <port>] [--host <address>] [--redis <url>] [--data <folder>] [--history <number>]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPage } from './build-page.js';
import { messageOf } from './client/message-of.js';
import { ChatServer } from './server/chat-server.js';
import { openStore } from './server/open-store.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    host: { type: 'string', default: '127.0.0.1' },
    redis: { type: 'string' },
    data: { type: 'string', default: join(import.meta.dirname, '.data', 'served') },
    history: { type: 'string', default: '10000' },
    retry: { type: 'string', default: '2000' },
    heartbeat: { type: 'string', default: '2000' },
    page: { type: 'boolean', default: false },
  },
});

try {
  const server = await ChatServer.start({
    port: Number(values.port),
    host: values.host,
    pageFolder: values.page ? buildPage() : import.meta.dirname,
    openStore: () => openStore({ redis: values.redis, folder: values.data, history: Number(values.history) }),
    retry: Number(values.retry),
    heartbeat: Number(values.heartbeat),
  });
  console.log(`The chat is at ${server.origin}/`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.close());
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
