// Several chat servers behind nginx, with a terminal. A server is killed from time to time. Run by `npm run
// start:several`; see examples/chat/README.md for its options.
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { memoryLastEventId } from 'rx-sse';
import { concatMap, EMPTY, ignoreElements, interval, lastValueFrom, merge, takeUntil, tap } from 'rxjs';
import type { ChatStep } from '../client/chat-stream.js';
import { chatTerminal } from '../client/chat-terminal.js';
import { interrupted } from '../client/interrupted.js';
import { demonstrate } from '../demonstrate.js';
import { parseNumber } from '../parse-number.js';
import { ChatCluster } from './chat-cluster.js';

/** How long a killed server stays away, in milliseconds. */
const AWAY = 2_000;

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '3' },
    redis: { type: 'string' },
    'kill-every': { type: 'string', default: '10' },
    for: { type: 'string' },
  },
});
const servers = parseNumber('--servers', values.servers, 1, 20);
const killEvery = parseNumber('--kill-every', values['kill-every'], 0, 3600);
const seconds = values.for === undefined ? undefined : parseNumber('--for', values.for, 1, 3600);
const stop = interrupted();

const cluster = await ChatCluster.start({ servers, ...(values.redis === undefined ? {} : { redis: values.redis }) });
console.log(`${servers} chat servers are behind ${cluster.origin}/, their messages in Redis. Ctrl-C ends it.`);
/** The server of the terminal's connection. */
let serving = cluster.servers[0];
/** The last restart. An error of it is thrown at the end. */
let restart = Promise.resolve();
const ending = new AbortController();

try {
  if (seconds === undefined) {
    const killing = killEvery === 0 ? EMPTY : interval(killEvery * 1000).pipe(concatMap(cut), ignoreElements());
    await lastValueFrom(merge(terminal(process.stdin), killing).pipe(takeUntil(stop)), { defaultValue: undefined });
  } else {
    const { summary, whole } = await demonstrate({
      origin: cluster.origin,
      cut: () => void cut(),
      steps: terminal(Readable.from([])),
      duration: seconds * 1000,
      stop,
    });
    console.log(summary);
    process.exitCode = whole ? 0 : 1;
  }
} finally {
  ending.abort();
  // The cluster can only close a server that has started.
  await restart.finally(() => cluster.close());
}

function terminal(input: NodeJS.ReadableStream) {
  return chatTerminal({
    origin: cluster.origin,
    author: 'terminal',
    position: memoryLastEventId(),
    input,
    output: process.stdout,
  }).pipe(tap(noteServing), takeUntil(stop));
}

function noteServing(step: ChatStep): void {
  if (step.kind !== 'open') return;
  const port = step.headers.get('x-served-by')?.split(':').at(-1);
  serving = cluster.servers.find(server => String(server.port) === port) ?? serving;
}

/** Kills the server of the terminal, and restarts it later. */
function cut(): Promise<void> {
  restart = restartServing();
  restart.catch(() => undefined);
  return restart;
}

async function restartServing(): Promise<void> {
  const server = serving;
  if (!server) return;
  await server.kill();
  console.log(`✂ the server on port ${server.port} was killed`);
  await wait(AWAY, undefined, { signal: ending.signal }).then(
    () => server.start(),
    // It's over.
    () => undefined,
  );
}
