import type { AnswerFacts, ChunkFacts, EventFacts, StreamFacts } from '../../../src/cli/doctor/facts.js';

/** The facts about a stream that was watched for 10 s, and in which nothing arrived. */
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

/** The facts about a correct response with these headers. */
export const answerOf = (headers: Record<string, string> = {}, facts: Partial<AnswerFacts> = {}): AnswerFacts => ({
  httpVersion: '1.1',
  status: 200,
  headers: { 'content-type': 'text/event-stream', ...headers },
  ms: 5,
  ...facts,
});

/** Chunks that arrived at these times. */
export const chunksAt = (times: readonly number[], chunk: Partial<ChunkFacts> = {}): ChunkFacts[] =>
  times.map(at => ({ at, bytes: 20, events: 1, isMidLine: false, ...chunk }));

/** Events with these ids. */
export const eventsOf = (ids: readonly string[]): EventFacts[] =>
  ids.map(id => ({ at: 0, type: 'message', id, digest: id }));
