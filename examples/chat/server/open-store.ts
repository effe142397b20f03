import { FileMessageStore } from './file-message-store.js';
import type { MessageStore } from './message-store.js';

export interface StoreOptions {
  /** The URL of a Redis server. */
  readonly redis: string | undefined;
  /** The folder of the files, without Redis. */
  readonly folder: string;
  /** How many messages of a room are kept. */
  readonly history: number;
}

/** Opens a store: Redis for any number of servers, or files for a single one. */
export async function openStore({ redis, folder, history }: StoreOptions): Promise<MessageStore> {
  if (redis === undefined) return FileMessageStore.open(folder, { history });
  // Loaded only if it's used.
  const { RedisMessageStore } = await import('./redis-message-store.js');
  return RedisMessageStore.open({ url: redis, history });
}
