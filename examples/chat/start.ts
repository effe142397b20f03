// The chat: server, page and terminal. Run by `npm start`; see examples/chat/README.md for its options.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { type LastEventIdStore, memoryLastEventId } from 'rx-sse';
import { lastValueFrom, takeUntil } from 'rxjs';
import { buildPage } from './build-page.js';
import { chatTerminal } from './client/chat-terminal.js';
import { fileLastEventId } from './client/file-last-event-id.js';
import { interrupted } from './client/interrupted.js';
import { messageOf } from './client/message-of.js';
import { demonstrate } from './demonstrate.js';
import { parseNumber } from './parse-number.js';
import { ChatServer } from './server/chat-server.js';
import { openStore } from './server/open-store.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    redis: { type: 'string' },
    history: { type: 'string', default: '10000' },
    for: { type: 'string' },
  },
});
const wantedPort =
  values.port === undefined
    ? parseNumber('PORT', process.env['PORT'] ?? '8080', 1, 65_535)
    : parseNumber('--port', values.port, 1, 65_535);
const history = parseNumber('--history', values.history, 1, 1_000_000);
const seconds = values.for === undefined ? undefined : parseNumber('--for', values.for, 1, 3600);
const stop = interrupted();
const pageFolder = buildPage();

if (seconds === undefined) {
  await run(values.data, async (server, data) => {
    const position = fileLastEventId(join(data, 'terminal.position'));
    await lastValueFrom(terminal(server, position, process.stdin), { defaultValue: undefined });
  });
} else {
  // Each demonstration has its own messages, unless you pass a folder.
  const temporary = await mkdtemp(join(tmpdir(), 'rx-sse-chat-'));
  await run(values.data ?? temporary, async server => {
    const { summary, whole } = await demonstrate({
      origin: server.origin,
      cut: () => server.trouble.cut(),
      steps: terminal(server, memoryLastEventId(), Readable.from([])),
      duration: seconds * 1000,
      stop,
    });
    console.log(summary);
    process.exitCode = whole ? 0 : 1;
  });
  await rm(temporary, { recursive: true });
}

/** Starts the server, and closes it when `use` is done. */
async function run(
  folder: string | undefined,
  use: (server: ChatServer, data: string) => Promise<void>,
): Promise<void> {
  const { server, data } = await startOnFreePort(wantedPort, folder);
  if (server.port !== wantedPort) console.log(`Port ${wantedPort} is taken.`);
  console.log(`The chat is at ${server.origin}/, its messages in ${values.redis ?? data}. Ctrl-C ends it.`);
  try {
    await use(server, data);
  } finally {
    await server.close();
  }
}

/**
 * Starts on this port or the next free one. Each port has its own messages, because two servers must not write to one
 * file.
 */
async function startOnFreePort(
  port: number,
  folder: string | undefined,
): Promise<{ server: ChatServer; data: string }> {
  const data = folder ?? join(import.meta.dirname, '.data', String(port));
  try {
    const server = await ChatServer.start({
      port,
      pageFolder,
      openStore: () => openStore({ redis: values.redis, folder: data, history }),
      // Short if it only runs for a few seconds.
      retry: seconds === undefined ? 2000 : 500,
      heartbeat: 2000,
    });
    return { server, data };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      console.error(messageOf(error));
      process.exit(1);
    }
    return startOnFreePort(port + 1, folder);
  }
}

function terminal(server: ChatServer, position: LastEventIdStore, input: NodeJS.ReadableStream) {
  return chatTerminal({ origin: server.origin, author: 'terminal', position, input, output: process.stdout }).pipe(
    takeUntil(stop),
  );
}
