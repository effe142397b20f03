import { compareSequences, middleOf, positionsOf } from '../compare-sequences.js';
import type { EventFacts, ResumeFacts, StreamFacts } from '../facts.js';
import { isEventStream } from '../is-event-stream.js';
import { followRedirects } from './follow-redirects.js';
import type { ConnectionOptions } from './open-connection.js';
import type { WireRequest } from './send-request.js';
import { watchStream } from './watch-stream.js';

/**
 * Connects again from a received event in the middle, and watches until it's clear how the server continues.
 * `undefined` if there are too few events with ids.
 */
export async function measureResume(
  request: WireRequest,
  { events }: StreamFacts,
  options: ConnectionOptions,
): Promise<ResumeFacts | undefined> {
  const reference = positionsOf(events);
  const from = middleOf(reference);
  if (!from) return undefined;

  const since = performance.now();
  // [spec] HTML § 9.2.3: "Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8."
  const lastEventId = Buffer.from(from.id).toString('latin1');
  const headers = { ...request.headers, 'last-event-id': lastEventId };
  const { answer, failure } = await followRedirects({ ...request, headers }, options);
  const nothing = { sent: from.id, reference, received: [], types: [] };
  if (!answer) return { ...nothing, ms: performance.now() - since, ...(failure && { failure }) };
  if (!isEventStream(answer.facts)) {
    answer.close();
    return { ...nothing, ms: performance.now() - since, answer: answer.facts };
  }

  const seen: EventFacts[] = [];
  const isSettled = (event: EventFacts) => {
    seen.push(event);
    return event.type === 'gap' || compareSequences(reference, from.id, positionsOf(seen)) !== undefined;
  };
  const stream = await watchStream(answer, { ...options, isSettled });
  return {
    sent: from.id,
    reference,
    received: positionsOf(stream.events),
    types: [...new Set(stream.events.map(({ type }) => type))],
    answer: answer.facts,
    ms: performance.now() - since,
  };
}
