import { compareSequences } from '../compare-sequences.js';
import type { AnswerFacts, ResumeFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { isEventStream } from '../is-event-stream.js';
import { counted, quoted, shownFailure } from './words.js';

const CURE = 'Send all events after the Last-Event-ID of the request, in order, and then new ones.';

type Words = Pick<Finding, 'verdict' | 'says' | 'cure'>;

/** Checks whether the server continues after the last event of a client. */
export function judgeResume(resume: ResumeFacts): Finding {
  const { sent, reference, received, answer, failure } = resume;
  const ids = reference.map(({ id }) => id);
  const expected = ids.slice(ids.lastIndexOf(sent) + 1);
  const facts = {
    sent,
    expected: expected.slice(0, 5),
    received: received.slice(0, 5).map(({ id }) => id),
    ...(answer && { status: answer.status }),
  };
  const words = withoutAnswer(answer, failure) ?? (answer && saidSo(resume, answer)) ?? wordsFor(resume, expected);
  return { check: 'resume', ...words, facts };
}

/** There is no stream to compare. */
function withoutAnswer(answer: AnswerFacts | undefined, failure: ResumeFacts['failure']): Words | undefined {
  if (!answer) {
    const why = failure ? `: ${shownFailure(failure)}` : '.';
    return { verdict: 'skipped', says: `The second connection failed${why}` };
  }
  if (isEventStream(answer)) return undefined;
  const { status, headers } = answer;
  if (status === 200) {
    return {
      verdict: 'problem',
      says: `Asked to resume, the server sends ${quoted(headers['content-type'] ?? '')}.`,
      cure: CURE,
    };
  }
  if (status === 429 || status >= 500) {
    return {
      verdict: 'skipped',
      says: `The server refused the second connection with ${status}: it came too soon, or is one too many.`,
    };
  }
  return {
    verdict: 'problem',
    says: `Asked to resume from an event that it has just sent, the server responds with ${status}.`,
    cure: CURE,
  };
}

/** The server may report that it can't resume. */
function saidSo({ sent, types }: ResumeFacts, { headers }: AnswerFacts): Words | undefined {
  const said = headers['last-event-id'];
  if (said !== undefined && Buffer.from(said, 'latin1').toString() !== sent) {
    return {
      verdict: 'note',
      says: `The server can’t continue from ${quoted(sent)}, and reports that it starts after ${quoted(said)} (Last-Event-ID).`,
      cure: 'Keep more events if clients must not miss any.',
    };
  }
  if (!types.includes('gap')) return undefined;
  return {
    verdict: 'note',
    says: `The server can’t continue from ${quoted(sent)}, and reports that with an event "gap".`,
  };
}

function wordsFor({ sent, reference, received }: ResumeFacts, expected: readonly string[]): Words {
  const asked = `Asked for the events after ${quoted(sent)}, the server`;
  const outcome = compareSequences(reference, sent, received);
  if (!outcome && received.length === 0) {
    const says = `${asked} sends nothing, although ${counted(expected.length, 'event')} followed it. They are lost.`;
    return { verdict: 'problem', says, cure: CURE };
  }
  switch (outcome?.kind) {
    case 'over':
      return { verdict: 'problem', says: `${asked} starts over: it ignores Last-Event-ID.`, cure: CURE };
    case 'new':
      return { verdict: 'problem', says: `${asked} sends only new events. The ones in between are lost.`, cure: CURE };
    case 'lost':
      return { verdict: 'problem', says: `${asked} leaves out ${listed(outcome.ids)}. They are lost.`, cure: CURE };
    case 'doubled':
      return { verdict: 'problem', says: `${asked} sends earlier events again: ${listed(outcome.ids)}.`, cure: CURE };
    case 'other':
      return {
        verdict: 'warning',
        says: `${asked} continues with the right ids, but with other data.`,
        cure: 'Give each event its own id, and send the same event for the same id.',
      };
    default: {
      const says = `The server continues right after ${quoted(sent)}: ${received.length} of ${expected.length} events arrived again.`;
      return { verdict: 'ok', says };
    }
  }
}

function listed(ids: readonly string[]): string {
  const shown = ids.slice(0, 3).map(quoted).join(', ');
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}
