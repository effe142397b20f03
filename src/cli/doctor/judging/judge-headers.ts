import type { AnswerFacts, Failure } from '../facts.js';
import type { Finding } from '../finding.js';
import { COMPRESSION_CURE } from './judge-compression.js';
import { shownFailure, shownTime } from './words.js';

/** From this many milliseconds on, it's slow. */
const SLOW = 3000;

/** Checks whether a response arrives, and how fast. */
export function judgeHeaders(
  answer: Pick<AnswerFacts, 'ms'> | undefined,
  failure: Failure | undefined,
  isHeldByCompression = false,
): Finding {
  const check = 'headers';
  if (!answer && isHeldByCompression) {
    const says =
      'With "Accept-Encoding", no headers arrive; without it, they do. A compressor holds the response back.';
    return { check, verdict: 'problem', says, cure: COMPRESSION_CURE, facts: { ...failure, isHeldByCompression } };
  }
  if (!answer) return { check, verdict: 'problem', ...wordsFor(failure), facts: { ...failure } };
  const facts = { ms: answer.ms };
  const says = `The response started after ${shownTime(answer.ms)}.`;
  if (answer.ms < SLOW) return { check, verdict: 'ok', says, facts };
  return {
    check,
    verdict: 'note',
    says: `${says} Until then, clients are still connecting.`,
    cure: 'Send the headers at once (Node: response.flushHeaders()), or a comment (":\\n\\n") as the first bytes.',
    facts,
  };
}

function wordsFor(failure: Failure | undefined): Pick<Finding, 'says' | 'cure'> {
  const { code = '', message = '' } = failure ?? {};
  if (code === 'TIMEOUT') {
    return {
      says: `The request was sent, but no headers arrived. ${message} A proxy or the application holds the response back.`,
      cure:
        'In the application, send the headers at once (Node: response.flushHeaders()), with "X-Accel-Buffering: no". ' +
        'In nginx: proxy_buffering off; proxy_http_version 1.1;',
    };
  }
  if (code.startsWith('HPE_')) {
    return { says: `The response isn’t HTTP: ${message}`, cure: 'Check the port, and whether the URL needs https://.' };
  }
  if (code === 'ECONNRESET' || message.includes('closed the connection')) {
    return {
      says: 'The server closed the connection without a response.',
      cure: 'Look for a crash in the server log. Check the port, and whether the URL needs https://.',
    };
  }
  return {
    says: failure ? `The request failed: ${shownFailure(failure)}` : 'No response arrived.',
    cure: 'Check the request and the server log.',
  };
}
