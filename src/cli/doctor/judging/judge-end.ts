import type { StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { counted, shownFailure, shownTime } from './words.js';

/** Checks whether the server ends the response, and how. */
export function judgeEnd({ end, ms, eventCount, failure, isUnfinished }: StreamFacts): Finding {
  const check = 'end';
  const facts = { end, ms, events: eventCount, isUnfinished, ...(failure && { failure }) };
  const when = `after ${shownTime(ms)}`;
  if (end === 'full') {
    const says = failure
      ? `Reading stopped ${when}: ${shownFailure(failure)}`
      : `Reading stopped ${when}, because so much data arrived.`;
    return { check, verdict: 'note', says, facts };
  }
  if (end !== 'ended' && end !== 'cut')
    return { check, verdict: 'ok', says: `The stream is still open ${when}.`, facts };
  if (eventCount === 0) {
    return {
      check,
      verdict: 'problem',
      says: `${end === 'cut' ? 'The connection broke' : 'The server ended the response'} ${when}, before any event arrived.`,
      cure: 'Keep the response open: a handler that returns often ends it. Look for an error in the server log.',
      facts,
    };
  }
  const events = counted(eventCount, 'event');
  if (end === 'cut') {
    const says = `The connection broke ${when} and ${events}. Clients reconnect.`;
    const cure = 'Look for a limit on the way (proxy_read_timeout, idle timeout), or a crash of the application.';
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (isUnfinished) {
    const says = `The server ended the response ${when}, in the middle of an event. Clients drop that event.`;
    return { check, verdict: 'warning', says, cure: 'End the last event with an empty line.', facts };
  }
  const says = `The server ended the response ${when} and ${events}. EventSource reconnects.`;
  return {
    check,
    verdict: 'note',
    says,
    cure: 'If the stream is complete, respond to the next request with 204.',
    facts,
  };
}
