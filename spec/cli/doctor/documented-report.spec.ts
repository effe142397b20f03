import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Facts } from '../../../src/cli/doctor/facts.js';
import { formatReport } from '../../../src/cli/doctor/format-report.js';
import { judge } from '../../../src/cli/doctor/judging/judge.js';
import { answerOf, chunksAt, eventsOf, streamOf } from './facts-of.js';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/command.md'), 'utf8');
const ORIGIN = 'https://app.example';
const URL_OF_STREAM = 'http://localhost:8099/news';

/** A server that ignores `Last-Event-ID` and allows nothing in the preflight. An event arrives every 690 ms. */
const ids = Array.from({ length: 14 }, (_, index) => `${index + 1}`);
const answer = answerOf({ 'cache-control': 'no-cache', 'access-control-allow-origin': ORIGIN });
const facts: Facts = {
  url: URL_OF_STREAM,
  finalUrl: URL_OF_STREAM,
  reach: {
    dns: { host: 'localhost', isAddress: false, addresses: ['127.0.0.1'], ms: 2 },
    tcp: { host: 'localhost', port: 8099, address: '127.0.0.1', ms: 1 },
  },
  hops: [],
  answer,
  stream: streamOf({
    chunks: [...chunksAt([1], { events: 0 }), ...chunksAt(ids.map(id => Number(id) * 690))],
    comments: [1],
    events: eventsOf(ids),
    eventCount: ids.length,
  }),
  resume: {
    sent: '7',
    reference: eventsOf(ids),
    received: eventsOf(['1']),
    types: ['message'],
    answer,
    ms: 700,
  },
  preflight: { answer: answerOf({}, { status: 204 }) },
  isAborted: false,
};

it('docs/command.md shows a report exactly as the doctor prints it', () => {
  const [, command = '', , shown] =
    /\n(rx-sse doctor --origin (\S+) .*)\n```\n[^]*?\n```text\n([^]*?)```\n/.exec(DOCUMENT) ?? [];
  expect(command).toBe(`rx-sse doctor --origin ${ORIGIN} ${URL_OF_STREAM.replace('http://', '')}`);
  const findings = judge(facts, {
    url: new URL(URL_OF_STREAM),
    headers: {},
    method: 'GET',
    body: undefined,
    origin: ORIGIN,
    watch: 10_000,
    isInsecure: false,
  });
  expect(shown).toBe(formatReport({ url: URL_OF_STREAM, findings, isHealthy: false }, false));
});
