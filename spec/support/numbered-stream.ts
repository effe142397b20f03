import type { EventSourceLifecycle } from '../../src/index.js';
import type { Exchange } from './sse-server.js';

/**
 * Responds with the event whose number follows the requested position (from the header, or from the query parameter
 * `after`), and stays open.
 */
export function answerNext(exchange: Exchange, headers: Record<string, string> = {}): void {
  const { searchParams } = new URL(exchange.request.url ?? '', 'http://localhost');
  const number = Number(exchange.lastEventId ?? searchParams.get('after')) + 1;
  exchange.open(headers).send(`id: ${number}\ndata: ${number}\n\n`);
}

/** Returns a predicate for `find`: whether a step is the event with that data. */
export const isEvent = (data: string) => (step: EventSourceLifecycle) =>
  step.kind === 'event' && step.event.data === data;
