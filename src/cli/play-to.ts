import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { RecordedItem } from './recording.js';

/** How to play a recording. */
export interface PlayOptions {
  /** How many times as fast; 0 sends everything at once. */
  readonly speed: number;
  readonly isLoop: boolean;
  /** Cuts each connection after this many events. */
  readonly cutEvery: number;
}

/** From the second round on, ids end with the number of the round, so that an id never stands for two events. */
const ROUND = /~(\d+)$/;

/**
 * Responds to a request with the recording, after the event of its `Last-Event-ID`, with the original times between
 * events.
 */
export async function playTo(
  request: IncomingMessage,
  response: ServerResponse,
  items: readonly RecordedItem[],
  { speed, isLoop, cutEvery }: PlayOptions,
): Promise<void> {
  response.setHeader('access-control-allow-origin', '*');
  // Otherwise a page of another origin can't see the gap that `last-event-id` reports.
  response.setHeader('access-control-expose-headers', 'Last-Event-ID');
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '*');
    response.setHeader('access-control-allow-methods', '*');
    response.writeHead(204).end();
    return;
  }
  // Node reads headers as Latin-1.
  const asked = Buffer.from(String(request.headers['last-event-id'] ?? ''), 'latin1').toString('utf8');
  const place = placeOf(asked, items);
  if (!isLoop && place?.index === items.length) {
    // [spec] "a client can be told to stop reconnecting using the HTTP 204 No Content response code."
    response.writeHead(204).end();
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Tells a client that the recording can't continue from its position.
    ...(asked !== '' && !place && { 'last-event-id': '' }),
  });
  response.flushHeaders();
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const closed = new AbortController();
  response.on('close', () => closed.abort());
  let { round, index } = place ?? { round: 1, index: 0 };
  let events = 0;
  let at = index === 0 ? 0 : (items[index - 1]?.at ?? 0);
  for (; !response.closed; index++) {
    if (index >= items.length) {
      if (!isLoop) break;
      [round, index, at] = [round + 1, 0, 0];
    }
    const item = items[index];
    if (!item) break;
    if (speed > 0) await wait((item.at - at) / speed, undefined, { signal: closed.signal }).catch(() => undefined);
    at = item.at;
    if (closed.signal.aborted) return;
    const isFull = !response.write(textOf(item, round));
    if (item.event && ++events >= cutEvery) {
      // Sends what was written before the connection is cut.
      response.write('', () => response.destroy());
      return;
    }
    if (isFull) await once(response, 'drain', { signal: closed.signal }).catch(() => undefined);
  }
  response.end();
}

/** Returns the position after the event with this id, or `undefined` if there is none. */
function placeOf(asked: string, items: readonly RecordedItem[]): { round: number; index: number } | undefined {
  if (asked === '') return { round: 1, index: 0 };
  const find = (id: string) => items.map(({ event }) => event?.id).lastIndexOf(id) + 1;
  const round = Number(ROUND.exec(asked)?.[1] ?? 1);
  const index = find(asked) || find(asked.replace(ROUND, ''));
  return index === 0 ? undefined : { round: find(asked) ? 1 : round, index };
}

/** Returns the item in the format of a stream. */
function textOf({ event, comment, retry }: RecordedItem, round: number): string {
  const lines = (name: string, text: string) => text.split('\n').map(line => `${name}: ${line}\n`);
  if (comment !== undefined) return `${lines('', comment).join('')}\n`;
  if (retry !== undefined) return `retry: ${Math.round(retry)}\n\n`;
  if (!event) return '';
  const { type, data, id } = event;
  const own = id === undefined || id === '' || round === 1 ? id : `${id}~${round}`;
  return [
    own === undefined ? '' : `id: ${own}\n`,
    type === 'message' ? '' : `event: ${type}\n`,
    ...lines('data', data),
    '\n',
  ].join('');
}
