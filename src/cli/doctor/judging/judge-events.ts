import type { StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { counted, shownFailure } from './words.js';

/** Checks whether the data is an event stream. */
export function judgeEvents(stream: StreamFacts): Finding {
  const { eventCount, comments, ignoredLines, isUnfinished, chunks, inflateFailure } = stream;
  const check = 'events';
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  const facts = { events: eventCount, comments: comments.length, ignoredLines, isUnfinished, bytes };
  const cure = 'Write "data: " before each line of the data, and an empty line after each event ("data: hello\\n\\n").';
  if (inflateFailure) {
    const says = `The body couldn’t be decompressed: ${shownFailure(inflateFailure)}`;
    const badCure = 'Turn off compression for the stream.';
    return { check, verdict: 'problem', says, cure: badCure, facts: { ...facts, failure: inflateFailure } };
  }
  if (eventCount > 0) {
    if (ignoredLines === 0) return { check, verdict: 'ok', says: `${counted(eventCount, 'event')} arrived.`, facts };
    const says = `${counted(eventCount, 'event')} arrived, and ${counted(ignoredLines, 'line')} that clients ignore.`;
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (ignoredLines > 0) {
    const says = `No event arrived, only ${counted(ignoredLines, 'line')} that clients ignore because they aren’t fields.`;
    return { check, verdict: 'problem', says, cure, facts };
  }
  if (isUnfinished) {
    return { check, verdict: 'problem', says: 'An event has no empty line after it.', cure, facts };
  }
  if (bytes > 0 && comments.length === 0) {
    const says = `${counted(bytes, 'byte')} arrived, but no event.`;
    return { check, verdict: 'note', says, facts };
  }
  return { check, verdict: 'note', says: 'No events arrived.', cure: 'To watch longer: --for 60s.', facts };
}
