import type { AnswerFacts, ChunkFacts, EventFacts, StreamFacts } from '../../../src/cli/doctor/facts.js';

/** What was measured of a stream that was watched for 10 s, and nothing came. */
export const streamOf = (facts: Partial<StreamFacts> = {}): StreamFacts => ({
  ms: 10_000,
  end: 'watched',
  wireBytes: 0,
  chunks: [],
  events: [],
  eventCount: 0,
  comments: [],
  retries: [],
  ignoredLines: 0,
  isUnfinished: false,
  ...facts,
});

/** A proper response, with these headers. */
export const answerOf = (headers: Record<string, string> = {}, facts: Partial<AnswerFacts> = {}): AnswerFacts => ({
  httpVersion: '1.1',
  status: 200,
  headers: { 'content-type': 'text/event-stream', ...headers },
  ms: 5,
  ...facts,
});

/** Chunks by their times. */
export const chunksAt = (times: readonly number[], chunk: Partial<ChunkFacts> = {}): ChunkFacts[] =>
  times.map(at => ({ at, bytes: 20, events: 1, isMidLine: false, ...chunk }));

/** Events by their ids. */
export const eventsOf = (ids: readonly string[]): EventFacts[] =>
  ids.map(id => ({ at: 0, type: 'message', id, digest: id }));
