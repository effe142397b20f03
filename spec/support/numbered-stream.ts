import type { EventSourceLifecycle } from '../../src/index.js';
import type { Exchange } from './sse-server.js';

/**
 * Answers with one event, whose number is the one after that which the request resumes from (by the header, or by the query
 * parameter `after`), and stays open.
 */
export function answerNext(exchange: Exchange, headers: Record<string, string> = {}): void {
  const { searchParams } = new URL(exchange.request.url ?? '', 'http://localhost');
  const number = Number(exchange.lastEventId ?? searchParams.get('after')) + 1;
  exchange.open(headers).send(`id: ${number}\ndata: ${number}\n\n`);
}

/** Whether a step is the event with that data, for `find`. */
export const isEvent = (data: string) => (step: EventSourceLifecycle) =>
  step.kind === 'event' && step.event.data === data;
