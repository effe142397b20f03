import { LOBBY } from '../chat-message.js';
import type { MessageStore } from './message-store.js';

const GONE = 3;

/**
 * Creates a gap for clients that reconnect afterwards: posts messages that no client receives, and drops them at once.
 * The last one stays and explains this.
 */
export async function makeGap(store: MessageStore): Promise<void> {
  const post = (message: string) => store.append(LOBBY, { author: 'trouble', message });
  for (let number = 1; number <= GONE; number++) await post(`Nobody will read this (${number} of ${GONE})`);
  await post(`Only this message is left in the history. Nobody was sent the ${GONE} before it.`);
  await store.trim(LOBBY, 1);
}
