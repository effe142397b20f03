import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { RedisServer } from '../../examples/chat/several/redis-server.js';
import { RedisMessageStore } from '../../examples/chat/server/redis-message-store.js';
import { describeChat } from '../examples/chat-behaviour.js';
import { ChatFixture } from '../examples/chat-fixture.js';
import { describeMessageStore } from '../examples/message-store-behaviour.js';

describe('a chat on Redis', () => {
  let redis: RedisServer;
  let chats = 0;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.close());

  describeChat(options => {
    const prefix = `chat-${++chats}`;
    return ChatFixture.start({
      ...options,
      openStore: (_folder, history) =>
        RedisMessageStore.open({ url: redis.url, prefix, ...(history === undefined ? {} : { history }) }),
    });
  });
});

describe('RedisMessageStore', () => {
  describeMessageStore(async () => {
    const redis = await RedisServer.start({ keepsAll: false });
    return {
      open: history => RedisMessageStore.open({ url: redis.url, history }),
      restart: async () => {
        await redis.save();
        await redis.kill();
        await redis.start();
      },
      mark: async () => {
        await redis.save();
        const dump = join(redis.folder, 'dump.rdb');
        const content = await readFile(dump);
        return async () => {
          await redis.kill();
          await writeFile(dump, content);
          await redis.start();
        };
      },
      close: () => redis.close(),
    };
  });
});
