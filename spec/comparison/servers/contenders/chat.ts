import { setTimeout } from 'node:timers/promises';
import { ChatServer } from '../../../../examples/chat/server/chat-server.js';
import type { MessageStore } from '../../../../examples/chat/server/message-store.js';
import { RedisMessageStore } from '../../../../examples/chat/server/redis-message-store.js';
import { LOBBY } from '../../../../examples/chat/chat-message.js';
import type { Serve } from '../contender.js';

/** The chat of `examples/chat`, as `npm start -- --redis` runs it. Messages are posted over HTTP. */
export const serve: Serve = async config => {
  let store: MessageStore;
  const server = await ChatServer.start({
    port: 0,
    pageFolder: config.folder,
    openStore: async () => (store = await RedisMessageStore.open({ url: config.redisUrl })),
    retry: 2000,
    heartbeat: 2000,
  });
  return {
    url: `${server.origin}/chat/stream`,
    publish: (number, padding) => post(`${server.origin}/chat/new`, `${number}${padding}`),
    forget: () => store.trim(LOBBY, 1),
  };
};

/** Posts a message. Tries again if the server couldn't store it. */
async function post(url: string, message: string): Promise<void> {
  const body = JSON.stringify({ author: 'producer', message });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = await response.text();
  if (response.status === 201) return;
  if (response.status < 500) throw new Error(`Expected 201, but got ${response.status}: ${answer}`);
  await setTimeout(20);
  await post(url, message);
}
