import type { StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { counted, shownTime } from './words.js';

/** Most proxies cut a connection after a minute of silence, some after half a minute. In milliseconds. */
const LONG_SILENCE = 15_000;
/** A comment this soon comes with the headers, and isn't a heartbeat. */
const WITH_HEADERS = 100;
const AT_ONCE = 20;

const CURE = 'Send a comment (":\\n\\n") every 15 s.';

/** Checks whether clients can tell a quiet stream from a dead one, and proxies keep it open. */
export function judgeHeartbeats(stream: StreamFacts): Finding {
  const { chunks, comments, ms, end } = stream;
  const check = 'heartbeats';
  const silence = longestSilence(chunks, ms);
  // Comments that a buffer released together count once.
  const beats = comments.filter((at, index) => at > WITH_HEADERS && at - (comments[index - 1] ?? 0) > AT_ONCE);
  const interval = medianPause(beats);
  const facts = { comments: comments.length, interval: interval ?? null, longestSilence: silence };
  const isOver = end === 'ended' || end === 'cut';
  if (silence >= LONG_SILENCE) {
    const says = `Nothing arrived for ${shownTime(silence)}.`;
    return { check, verdict: 'warning', says: `${says} Proxies cut quiet connections.`, cure: CURE, facts };
  }
  if (interval !== undefined) {
    const says = `${counted(comments.length, 'comment')}, one every ${shownTime(interval)}.`;
    return { check, verdict: 'ok', says, facts };
  }
  if (comments.length === 0 && isOver) {
    return { check, verdict: 'skipped', says: 'The stream ended before a heartbeat was due.', facts };
  }
  if (chunks.length === 0) {
    const says = `Nothing arrived in ${shownTime(ms)}, not even a comment. A dead connection looks the same.`;
    return { check, verdict: 'warning', says, cure: CURE, facts };
  }
  const says =
    comments.length === 0
      ? `No comments arrived. The longest silence was ${shownTime(silence)}.`
      : `${counted(comments.length, 'comment')}, too few to measure an interval.`;
  const cure = 'To see heartbeats, watch longer: --for 60s.';
  return { check, verdict: 'note', says, cure, facts };
}

function longestSilence(chunks: StreamFacts['chunks'], until: number): number {
  const times = [0, ...chunks.map(({ at }) => at), until];
  return Math.max(...pausesOf(times));
}

function medianPause(times: readonly number[]): number | undefined {
  const pauses = pausesOf(times).sort((a, b) => a - b);
  return pauses[Math.floor(pauses.length / 2)];
}

const pausesOf = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));
