// The chat's server as examples/chat has it, in a process that says what it has used. Run with --expose-gc.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'tsx/esm/api';
import { answerQuestions, options } from './answer-questions.mjs';
import { cpuTime, memory, now } from './measures.mjs';

// Without the tsconfig, `rx-sse` and what it imports are the built package.
register({ tsconfig: false });
const { ChatServer } = await import('../../../examples/chat/server/chat-server.ts');
const { openStore } = await import('../../../examples/chat/server/open-store.ts');

const { redis, heartbeat } = options;
const folder = await mkdtemp(join(tmpdir(), 'bench-chat-'));
const server = await ChatServer.start({
  port: 0,
  pageFolder: folder,
  openStore: () => openStore({ redis, folder, history: 10_000 }),
  retry: 2000,
  heartbeat,
});

answerQuestions({
  port: () => server.port,
  used: () => ({ at: now(), cpu: cpuTime() }),
  memory,
  async close() {
    await server.close();
    await rm(folder, { recursive: true });
  },
});
