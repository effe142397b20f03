import type { ServerResponse } from 'node:http';
import { drained } from './drained.js';
import { idOf } from './history.js';
import { type MessageStore, PAGE_SIZE } from './message-store.js';

/**
 * Sends a `ChatSnapshot` in pages, as fast as the client reads, so it's never in memory as a whole. If the history was
 * trimmed or lost between two pages, the response is cut, and the client asks again.
 *
 * @param check called before everything that is sent. Throws if the client may not have it.
 */
export async function sendSnapshot(
  store: MessageStore,
  room: string,
  response: ServerResponse,
  check: () => void,
): Promise<void> {
  for (let position = ''; ;) {
    const { after, messages, reached } = await store.page(room, position);
    check();
    const isFirst = position === '';
    if (!isFirst && idOf(after) !== position) response.destroy();
    if (response.closed || response.destroyed) return;

    if (isFirst) response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    const separator = messages.length > 0 ? ',' : '';
    response.write((isFirst ? '{"messages":[' : separator) + messages.map(json).join(','));
    await drained(response);
    if (messages.length < PAGE_SIZE) {
      response.end(`],"lastId":${reached.number}}`);
      return;
    }
    position = idOf(reached);
  }
}

const json = ({ message }: { readonly message: unknown }) => JSON.stringify(message);
