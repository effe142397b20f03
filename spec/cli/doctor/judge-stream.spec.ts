import { describe, expect, it } from '@jest/globals';
import type { AnswerFacts, ChunkFacts, StreamFacts } from '../../../src/cli/doctor/facts.js';
import { judgeBuffering } from '../../../src/cli/doctor/judging/judge-buffering.js';
import { judgeCompression } from '../../../src/cli/doctor/judging/judge-compression.js';
import { judgeEnd } from '../../../src/cli/doctor/judging/judge-end.js';
import { judgeEvents } from '../../../src/cli/doctor/judging/judge-events.js';
import { judgeHeartbeats } from '../../../src/cli/doctor/judging/judge-heartbeats.js';
import { judgeIds } from '../../../src/cli/doctor/judging/judge-ids.js';
import { judgeResume } from '../../../src/cli/doctor/judging/judge-resume.js';
import { judgeRetry } from '../../../src/cli/doctor/judging/judge-retry.js';
import { suspectsIn } from '../../../src/cli/doctor/judging/suspects.js';
import { answerOf, chunksAt, eventsOf, streamOf } from './facts-of.js';

const failure = { code: 'EX', message: 'Strange' };
const gzip = { 'content-encoding': 'gzip' };

describe('judgeBuffering', () => {
  const buffers = (size: number, times = [100, 1100, 2100]) =>
    chunksAt(times, { bytes: size, events: 8, isMidLine: true });
  /** A chunk with this many events each second. */
  const bursts = (events: number) => chunksAt([0, 1000, 2000, 3000], { events });
  const late: Partial<AnswerFacts> = { ms: 3000 };
  it.each<
    [string, ChunkFacts[], string, Record<string, string>?, Partial<StreamFacts>?, Partial<AnswerFacts>?, number?]
  >([
    ['a stream without data', [], 'skipped'],
    ['events one by one', chunksAt([0, 300, 600, 900]), 'ok'],
    ['events in quick succession', chunksAt([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]), 'ok'],
    ['all events at once', chunksAt([0, 1, 2]), 'note'],
    ['buffers of 4096 bytes', buffers(4096), 'problem'],
    ['buffers of 8192 bytes', buffers(8192), 'problem'],
    ['buffers of 16384 bytes', buffers(16_384), 'problem'],
    ['one buffer, then silence', buffers(4096, [100]), 'problem'],
    [
      'buffers that pause for little more than a round trip',
      buffers(4096, [0, 90, 180]),
      'ok',
      {},
      { ms: 250 },
      {},
      60,
    ],
    ['other sizes that end in the middle of a line', buffers(5000), 'warning'],
    ['other sizes with compression', buffers(5000), 'problem', gzip],
    [
      'parts of one large event',
      chunksAt([0, 500, 1000], { bytes: 16_384, events: 0, isMidLine: true }),
      'ok',
      {},
      { eventCount: 1 },
    ],
    ['a replay, then events one by one', [...chunksAt([0], { events: 50 }), ...chunksAt([400, 800, 1200])], 'ok'],
    ['many events each second', bursts(20), 'warning'],
    ['many events each second with compression', bursts(20), 'problem', gzip],
    ['two events each second', bursts(2), 'ok'],
    ['a Content-Length', chunksAt([0]), 'problem', { 'content-length': '20' }],
    ['all events at a late end', chunksAt([1], { events: 20 }), 'problem', {}, { end: 'ended', ms: 2 }, late],
    ['all events at an early end', chunksAt([1], { events: 20 }), 'note', {}, { end: 'ended', ms: 2 }],
    ['all events at once, late, without an end', chunksAt([1], { events: 20 }), 'note', {}, {}, late],
  ])('judges %s', (_what, chunks, verdict, headers = {}, stream = {}, answer = {}, roundTrip = 1) => {
    const eventCount = chunks.reduce((sum, { events }) => sum + events, 0);
    const facts = streamOf({ chunks, eventCount, ...stream });
    expect(judgeBuffering({ answer: answerOf(headers, answer), stream: facts, roundTrip }).verdict).toBe(verdict);
  });

  it('suggests only the cures that aren’t applied yet', () => {
    const cureFor = (headers: Record<string, string>) =>
      judgeBuffering({ answer: answerOf(headers), stream: streamOf({ chunks: buffers(4096) }), roundTrip: 1 }).cure;
    expect(cureFor({})).toBe('In the application: "X-Accel-Buffering: no", "Cache-Control: no-cache, no-transform".');
    expect(cureFor({ 'x-accel-buffering': 'no', 'cache-control': 'no-transform', 'cf-ray': '1' })).toBe(
      'Cloudflare: "Cache-Control: no-transform", and no caching rule.',
    );
  });
});

describe('suspectsIn', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ server: 'nginx/1.22.1' }, ['nginx']],
    [{ server: 'openresty' }, ['nginx']],
    [{ server: 'Apache/2.4' }, ['Apache']],
    [{ server: 'envoy' }, ['Envoy']],
    [{ server: 'Kestrel', 'x-envoy-upstream-service-time': '3' }, ['Envoy']],
    [{ server: 'Microsoft-IIS/10.0' }, ['IIS']],
    [{ server: 'cloudflare', 'cf-ray': '8' }, ['Cloudflare']],
    [{ via: '1.1 x.cloudfront.net', 'x-amz-cf-id': 'a', 'x-cache': 'Miss' }, ['CloudFront']],
    [{ via: '1.1 varnish', 'x-served-by': 'cache-1' }, ['Fastly or Varnish']],
    [{ via: '1.1 squid' }, ['a proxy']],
    [{ 'x-cache': 'MISS' }, ['a cache']],
  ])('for %j, returns %j', (headers, names) => {
    expect(suspectsIn(headers).map(({ name }) => name)).toEqual(names);
  });
});

describe('judgeCompression', () => {
  it.each<[Record<string, string>, Partial<StreamFacts>, boolean, string]>([
    [{}, {}, false, 'ok'],
    [{}, {}, true, 'ok'],
    [gzip, {}, false, 'warning'],
    [gzip, {}, true, 'problem'],
    [gzip, { wireBytes: 10 }, false, 'problem'],
    [gzip, { wireBytes: 10, chunks: chunksAt([1]) }, false, 'warning'],
    [gzip, { wireBytes: 10, inflateFailure: failure }, false, 'warning'],
  ])('for the headers %j and the stream %j, with isBuffered %s, returns %s', (headers, stream, isBuffered, verdict) => {
    expect(judgeCompression(answerOf(headers), streamOf(stream), isBuffered).verdict).toBe(verdict);
  });
});

describe('judgeEvents', () => {
  const chunks = chunksAt([1]);
  it.each<[string, Partial<StreamFacts>, string]>([
    ['an empty stream', {}, 'note'],
    ['only a comment', { chunks, comments: [1] }, 'note'],
    ['events', { chunks, eventCount: 3 }, 'ok'],
    ['events and other lines', { chunks, eventCount: 3, ignoredLines: 1 }, 'warning'],
    ['only other lines', { chunks, ignoredLines: 3 }, 'problem'],
    ['half an event', { chunks, isUnfinished: true }, 'problem'],
    ['an event without data', { chunks }, 'note'],
    ['bytes that can’t be decompressed', { inflateFailure: failure }, 'problem'],
  ])('judges %s', (_what, stream, verdict) => {
    expect(judgeEvents(streamOf(stream)).verdict).toBe(verdict);
  });
});

describe('judgeEnd', () => {
  it.each<[Partial<StreamFacts>, string]>([
    [{}, 'ok'],
    [{ end: 'full' }, 'note'],
    [{ end: 'full', failure }, 'note'],
    [{ end: 'ended' }, 'problem'],
    [{ end: 'ended', eventCount: 1 }, 'note'],
    [{ end: 'ended', eventCount: 1, isUnfinished: true }, 'warning'],
    [{ end: 'cut' }, 'problem'],
    [{ end: 'cut', eventCount: 1 }, 'warning'],
  ])('for %j, returns %s', (stream, verdict) => {
    expect(judgeEnd(streamOf(stream)).verdict).toBe(verdict);
  });
});

describe('judgeHeartbeats', () => {
  const times = [15_000, 30_000, 45_000];
  const seconds = Array.from({ length: 60 }, (_, second) => second * 1000);
  it.each<[string, Partial<StreamFacts>, string, RegExp]>([
    ['silence', {}, 'warning', /Nothing arrived in 10 s/],
    ['a heartbeat every second', { chunks: chunksAt(seconds), comments: seconds, ms: 60_000 }, 'ok', /one every 1 s/],
    [
      'a heartbeat every 15 s, which is too rare',
      { chunks: chunksAt(times), comments: times, ms: 60_000 },
      'warning',
      /for 15 s/,
    ],
    ['only one heartbeat, with the headers', { chunks: chunksAt([0]), comments: [0] }, 'note', /too few/],
    [
      'a heartbeat with the headers, then a long silence',
      { chunks: chunksAt([0]), comments: [0], ms: 20_000 },
      'warning',
      /20 s/,
    ],
    ['only events', { chunks: chunksAt([0, 3000, 6000]) }, 'note', /longest silence was 4 s/],
    ['events, then a long silence', { chunks: chunksAt([0, 3000]), ms: 20_000 }, 'warning', /for 17 s/],
    ['a stream that ends at once', { end: 'ended', ms: 5 }, 'skipped', /ended before/],
    [
      'heartbeats that a buffer releases together',
      { chunks: chunksAt([0, 4000, 8000]), comments: [3999, 4000, 4001, 8000, 8001] },
      'ok',
      /one every 4 s/,
    ],
  ])('judges %s', (_what, stream, verdict, says) => {
    expect(judgeHeartbeats(streamOf(stream))).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });
});

describe('judgeIds', () => {
  it.each([
    [[], 'skipped'],
    [['', ''], 'warning'],
    [['1', '2'], 'ok'],
    [['', '1', '2'], 'note'],
    [['1'], 'ok'],
    [['1', '1', '1'], 'warning'],
  ])('for the ids %j, returns %s', (ids, verdict) => {
    expect(judgeIds(eventsOf(ids)).verdict).toBe(verdict);
  });
});

describe('judgeResume, after resuming from 2 of 1 2 3 4', () => {
  const refused = (status: number) => answerOf({}, { status });
  const other = eventsOf(['3', '4']).map(event => ({ ...event, digest: 'other' }));
  it.each([
    [{ received: eventsOf(['3', '4']) }, 'ok', /right after "2": 2 of 2/],
    [{ received: eventsOf(['3']) }, 'ok', /1 of 2/],
    [{ received: other }, 'warning', /other data/],
    [{ received: [] }, 'problem', /sends nothing, although 2 events/],
    [{ received: eventsOf(['1']) }, 'problem', /starts over/],
    [{ received: eventsOf(['4']) }, 'problem', /leaves out "3"/],
    [{ received: eventsOf(['2']) }, 'problem', /sends earlier events again: "2"/],
    [{ received: eventsOf(['9']) }, 'problem', /sends only new events/],
    [
      { received: eventsOf(['9']), answer: answerOf({ 'last-event-id': '8' }) },
      'note',
      /reports that it starts after "8"/,
    ],
    [{ received: eventsOf(['1']), answer: answerOf({ 'last-event-id': '2' }) }, 'problem', /starts over/],
    [{ received: eventsOf(['9']), types: ['gap'] }, 'note', /event "gap"/],
    [{ answer: refused(204) }, 'problem', /responds with 204/],
    [{ answer: refused(410) }, 'problem', /responds with 410/],
    [{ answer: refused(503) }, 'skipped', /503/],
    [{ answer: answerOf({ 'content-type': 'text/html' }) }, 'problem', /sends "text\/html"/],
    [{ answer: undefined, failure }, 'skipped', /Strange/],
    [{ answer: undefined }, 'skipped', /connection failed/],
  ])('for %j, returns %s', (resume, verdict, says) => {
    const { answer = answerOf(), ...rest } = resume as { answer?: AnswerFacts };
    const isAnswered = !('answer' in resume) || resume.answer !== undefined;
    const reference = eventsOf(['1', '2', '3', '4']);
    const facts = { sent: '2', reference, received: [], types: [], ms: 1, ...rest, ...(isAnswered && { answer }) };
    expect(judgeResume(facts)).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });
});

describe('judgeRetry', () => {
  it.each([
    [[], 'note'],
    [[99], 'warning'],
    [[100], 'ok'],
    [[60_000], 'ok'],
    [[60_001], 'warning'],
    [[1, 3000], 'ok'],
  ])('for %j, returns %s', (retries, verdict) => {
    expect(judgeRetry(retries).verdict).toBe(verdict);
  });
});
