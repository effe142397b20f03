import { FileMessageStore } from './file-message-store.js';
import type { MessageStore } from './message-store.js';

export interface StoreOptions {
  /** The URL of a Redis server. */
  readonly redis: string | undefined;
  /** Where the files are, if there is no Redis. */
  readonly folder: string;
  /** How many messages of a room are kept. */
  readonly history: number;
}

/** The store that was asked for: Redis for any number of servers, or files for one. */
export async function openStore({ redis, folder, history }: StoreOptions): Promise<MessageStore> {
  if (redis === undefined) return FileMessageStore.open(folder, { history });
  // What is not used isn't loaded.
  const { RedisMessageStore } = await import('./redis-message-store.js');
  return RedisMessageStore.open({ url: redis, history });
}
