import type { AnswerFacts, StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { type Lump, lumpsOf } from './lumps.js';
import { suspectsIn } from './suspects.js';
import { counted, shownTime } from './words.js';

/** The sizes of buffers are multiples of that, in bytes. */
const PAGE = 4096;
/** A pause as long as that is one of the sender, in milliseconds; on a slow way, three times there and back. */
const PAUSE = 50;
const LONG_PAUSE = 250;
/** Who writes an answer at once needs no longer for it, in milliseconds. */
const AT_ONCE = 50;
const LATE = 1000;

/** What `judgeBuffering` looks at. */
export interface BufferingFacts {
  readonly answer: AnswerFacts;
  readonly stream: StreamFacts;
  /** There and back, in milliseconds: how long it took to connect. */
  readonly roundTrip: number;
}

/** How a body that is held back looks, and how sure that is. */
interface Symptom {
  readonly verdict: 'problem' | 'warning';
  readonly says: string;
}

/** Whether events come one by one, or something on the way collects them. */
export function judgeBuffering(given: BufferingFacts): Finding {
  const { headers } = given.answer;
  const check = 'buffering';
  const lumps = lumpsOf(given.stream.chunks);
  const suspects = suspectsIn(headers);
  const facts = {
    chunks: given.stream.chunks.length,
    lumps: lumps.slice(0, 20).map(({ at, bytes, events, isMidLine }) => ({ at, bytes, events, isMidLine })),
    suspects: suspects.map(({ name, header }) => `${name} (${header})`),
    contentLength: headers['content-length'] ?? null,
    accelBuffering: headers['x-accel-buffering'] ?? null,
    noTransform: /\bno-transform\b/i.test(headers['cache-control'] ?? ''),
  };
  const symptom = symptomOf(given, lumps);
  if (symptom) {
    const who = suspects.length > 0 ? ` Suspected: ${suspects.map(({ name }) => name).join(', ')}.` : '';
    return { check, verdict: symptom.verdict, says: `${symptom.says}${who}`, cure: cureFor(headers), facts };
  }
  if (given.stream.eventCount === 0) {
    return { check, verdict: 'skipped', says: 'No event came to judge by.', facts };
  }
  const span = (given.stream.chunks.at(-1)?.at ?? 0) - (given.stream.chunks[0]?.at ?? 0);
  if (lumps.length === 1 && span < AT_ONCE) {
    return { check, verdict: 'note', says: 'All came at once: too little to tell.', facts };
  }
  const says = `${counted(given.stream.eventCount, 'event')} came in ${counted(given.stream.chunks.length, 'piece')}, none cut by a buffer.`;
  return { check, verdict: 'ok', says, facts };
}

/** The strongest sign first. */
function symptomOf(given: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  return wholeBody(given, lumps) ?? cutEvents(given, lumps) ?? bursts(given, lumps);
}

/** Who knows the length has the end: it was complete before it was sent. */
function wholeBody({ answer, stream }: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  const length = answer.headers['content-length'];
  if (length !== undefined) {
    return {
      verdict: 'problem',
      says: `The answer has a Content-Length (${length}): it was collected whole before it was sent.`,
    };
  }
  const [first] = lumps;
  const isAtOnce = stream.end === 'ended' && lumps.length === 1 && stream.ms - (first?.at ?? 0) < AT_ONCE;
  const waited = answer.ms + (first?.at ?? 0);
  if (!isAtOnce || stream.eventCount < 3 || waited < LATE) return undefined;
  const events = counted(stream.eventCount, 'event');
  return {
    verdict: 'problem',
    says: `Nothing for ${shownTime(waited)}, then ${events} and the end at once: it was collected.`,
  };
}

/** Lumps that end in the middle of a line, and are as large as a buffer. With a compressor in between, their sizes say nothing. */
function cutEvents({ answer, stream, roundTrip }: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  const isCompressed = answer.headers['content-encoding'] !== undefined;
  const pause = Math.max(PAUSE, 3 * roundTrip);
  const held = lumps.filter((lump, index) => {
    const pauseAfter = (lumps[index + 1]?.at ?? stream.ms) - lump.at;
    return lump.isMidLine && lump.events > 1 && pauseAfter > pause;
  });
  const ofBuffer = isCompressed ? held : held.filter(isOfBuffer);
  const [example] = ofBuffer;
  if (example && (ofBuffer.length > 1 || stream.ms - example.at > LONG_PAUSE)) {
    const size = isCompressed ? '' : ` after ${example.bytes} bytes`;
    return {
      verdict: 'problem',
      says: `Events come in lumps that stop in the middle of one${size}: a buffer fills before it is sent.`,
    };
  }
  return held.length > 1
    ? { verdict: 'warning', says: `${held.length} times the stream stopped in the middle of an event.` }
    : undefined;
}

/** All of it, or its last chunk: what comes first may lack the headers, which were in the same buffer. */
const isOfBuffer = ({ bytes, sizes }: Lump) => [bytes, ...sizes].some(size => size > 0 && size % PAGE === 0);

/** Many events at once, again and again. What comes first may be a replay. */
function bursts({ answer, roundTrip }: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  const pause = Math.max(LONG_PAUSE, 3 * roundTrip);
  const later = lumps.slice(1).filter(({ events }) => events > 0);
  const full = later.filter(({ events, pauseBefore }) => events >= 3 && pauseBefore > pause);
  const sum = (some: readonly Lump[]) => some.reduce((total, { events }) => total + events, 0);
  if (full.length < 2 || sum(full) < 0.8 * sum(later)) return undefined;
  const many = Math.round(sum(full) / full.length);
  const silence = full.reduce((total, { pauseBefore }) => total + pauseBefore, 0) / full.length;
  const isCompressed = answer.headers['content-encoding'] !== undefined;
  return {
    verdict: isCompressed ? 'problem' : 'warning',
    says:
      `About ${many} events come at once, behind silences of ${shownTime(silence)}. ` +
      'If the application sends them one by one, something collects them.',
  };
}

/** The strongest cure first: what the application can do by itself, if it doesn't yet, and then those on the way. */
function cureFor(headers: AnswerFacts['headers']): string {
  if (headers['content-length'] !== undefined) {
    return 'Write to the response as events come, and don’t return them as one text. On the way, switch off what collects.';
  }
  const hasNoTransform = /\bno-transform\b/i.test(headers['cache-control'] ?? '');
  const own = [
    ...(headers['x-accel-buffering'] === 'no' ? [] : ['X-Accel-Buffering: no']),
    ...(hasNoTransform ? [] : ['Cache-Control: no-cache, no-transform']),
  ];
  return [
    ...(headers['content-encoding'] === undefined ? [] : ['Switch the compression off for the stream.']),
    ...(own.length === 0 ? [] : [`In the application: ${own.map(header => `"${header}"`).join(', ')}.`]),
    ...suspectsIn(headers).map(({ cure }) => cure),
  ].join(' ');
}
