import type { Finding } from '../finding.js';
import { shownTime } from './words.js';

const SHORTEST = 100;
const LONGEST = 60_000;

/** Checks how long clients wait before they reconnect. */
export function judgeRetry(retries: readonly number[]): Finding {
  const check = 'retry';
  const retry = retries.at(-1);
  const facts = { retry: retry ?? null };
  if (retry === undefined) {
    return {
      check,
      verdict: 'note',
      says: 'The server doesn’t set it, which is fine: clients choose how long they wait.',
      facts,
    };
  }
  const says = `Clients wait ${shownTime(retry)} before they reconnect.`;
  if (retry < SHORTEST) {
    const cure = 'Send "retry: 3000". Otherwise, all clients reconnect at once when the server restarts.';
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (retry > LONGEST) {
    const cure = 'Send "retry: 3000". It is in milliseconds.';
    return { check, verdict: 'warning', says: `${says} Until then, they receive nothing.`, cure, facts };
  }
  return { check, verdict: 'ok', says, facts };
}
