import type { AnswerFacts, StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { type Lump, lumpsOf } from './lumps.js';
import { suspectsIn } from './suspects.js';
import { counted, shownTime } from './words.js';

/** Buffer sizes are multiples of this many bytes. */
const PAGE = 4096;
/** A pause of at least this many milliseconds comes from the sender. On a slow connection, it's three round trips. */
const PAUSE = 50;
const LONG_PAUSE = 250;
/** A complete response is written within this time, in milliseconds. */
const AT_ONCE = 50;
const LATE = 1000;

/** The input of `judgeBuffering`. */
export interface BufferingFacts {
  readonly answer: AnswerFacts;
  readonly stream: StreamFacts;
  /** The time to connect, in milliseconds. */
  readonly roundTrip: number;
}

/** A sign of buffering, and how sure it is. */
interface Symptom {
  readonly verdict: 'problem' | 'warning';
  readonly says: string;
}

/** Checks whether events arrive one by one, or something collects them. */
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
    return { check, verdict: 'skipped', says: 'No events arrived that could be checked.', facts };
  }
  const span = (given.stream.chunks.at(-1)?.at ?? 0) - (given.stream.chunks[0]?.at ?? 0);
  if (lumps.length === 1 && span < AT_ONCE) {
    return { check, verdict: 'note', says: 'Everything arrived at once, so buffering can’t be ruled out.', facts };
  }
  const says = `${counted(given.stream.eventCount, 'event')} arrived in ${counted(given.stream.chunks.length, 'chunk')}, none cut by a buffer.`;
  return { check, verdict: 'ok', says, facts };
}

/** The strongest sign comes first. */
function symptomOf(given: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  return wholeBody(given, lumps) ?? cutEvents(given, lumps) ?? bursts(given, lumps);
}

/** If the length is known, the response was complete before it was sent. */
function wholeBody({ answer, stream }: BufferingFacts, lumps: readonly Lump[]): Symptom | undefined {
  const length = answer.headers['content-length'];
  if (length !== undefined) {
    return {
      verdict: 'problem',
      says: `The response has a Content-Length (${length}), so something collected all of it first.`,
    };
  }
  const [first] = lumps;
  const isAtOnce = stream.end === 'ended' && lumps.length === 1 && stream.ms - (first?.at ?? 0) < AT_ONCE;
  const waited = answer.ms + (first?.at ?? 0);
  if (!isAtOnce || stream.eventCount < 3 || waited < LATE) return undefined;
  const events = counted(stream.eventCount, 'event');
  return {
    verdict: 'problem',
    says: `Nothing for ${shownTime(waited)}, then ${events} and the end at once: something collected them.`,
  };
}

/**
 * Finds lumps that end in the middle of a line and have the size of a buffer. With compression, the sizes mean nothing.
 */
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
      says: `Events arrive in chunks that stop in the middle of an event${size}: a buffer collects them.`,
    };
  }
  return held.length > 1
    ? { verdict: 'warning', says: `The stream stopped in the middle of an event ${held.length} times.` }
    : undefined;
}

/** The whole lump, or only a chunk of it: the first chunk may lack the headers, which were in the same buffer. */
const isOfBuffer = ({ bytes, sizes }: Lump) => [bytes, ...sizes].some(size => size > 0 && size % PAGE === 0);

/** Finds many events at once, again and again. The first lump may be a replay. */
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
      `About ${many} events arrive at once, after ${shownTime(silence)} of silence. ` +
      'If the application sends them one by one, something buffers them.',
  };
}

/** The strongest cure comes first: changes in the application, then changes in proxies. */
function cureFor(headers: AnswerFacts['headers']): string {
  if (headers['content-length'] !== undefined) {
    return 'Write each event to the response immediately, and don’t return all of them as one text. Turn off buffering in proxies.';
  }
  const hasNoTransform = /\bno-transform\b/i.test(headers['cache-control'] ?? '');
  const own = [
    ...(headers['x-accel-buffering'] === 'no' ? [] : ['X-Accel-Buffering: no']),
    ...(hasNoTransform ? [] : ['Cache-Control: no-cache, no-transform']),
  ];
  return [
    ...(headers['content-encoding'] === undefined ? [] : ['Turn off compression for the stream.']),
    ...(own.length === 0 ? [] : [`In the application: ${own.map(header => `"${header}"`).join(', ')}.`]),
    ...suspectsIn(headers).map(({ cure }) => cure),
  ].join(' ');
}
