import { constants } from 'node:zlib';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { doctor, type DoctorOptions } from '../../../src/cli/doctor/doctor.js';
import { type Exchange, SseServer } from '../../support/sse-server.js';
import { until } from '../../support/until.js';
import { application } from './application.js';
import { examine, findingOf } from './examine.js';

let server: SseServer | undefined;
afterEach(() => server?.close());

/** Returns the timers and sockets that keep this process alive. */
const resources = () =>
  process.getActiveResourcesInfo().filter(name => /Timeout|TCPSocketWrap|TLSWrap|GetAddrInfo|ZLIB/i.test(name));

const OPTIONS: Omit<DoctorOptions, 'url'> = {
  headers: {},
  method: 'GET',
  body: undefined,
  origin: 'https://app.example',
  watch: 60_000,
  isInsecure: false,
};

/** A moment for an abort. `come` is fulfilled when it has come. */
type Moment = [when: string, answer: (exchange: Exchange) => void, come: (server: SseServer) => Promise<unknown>];

const MOMENTS: Moment[] = [
  ['while it waits for the headers', () => undefined, running => running.exchange(0)],
  [
    'while it watches the stream',
    exchange => exchange.open().send('id: 1\ndata: 1\n\n'),
    running => running.exchange(0),
  ],
  [
    'while it resumes',
    exchange => {
      exchange.open();
      if (exchange.lastEventId === undefined) exchange.end('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n');
    },
    running => running.exchange(1),
  ],
  [
    'while it waits for the preflight',
    exchange => {
      if (exchange.request.method === 'GET') exchange.open().end('data: 1\n\n');
    },
    running => running.exchange(1),
  ],
];

describe('an abort', () => {
  it.each(MOMENTS)('%s ends everything at once, and isn’t reported as a problem', async (_when, answer, come) => {
    const running = (server = await SseServer.start(answer));
    const before = resources();
    const aborter = new AbortController();
    const examined = doctor({ ...OPTIONS, url: new URL(running.url) }, aborter.signal);
    await come(running);
    aborter.abort();
    const { findings } = await examined;
    expect(findings.find(({ check }) => check === 'headers')?.verdict).not.toBe('problem');
    expect(findings.filter(({ check }) => check === 'cors')).toEqual([]);
    await running.idle();
    await until(() => resources().length <= before.length);
    expect(running.liveExchanges).toBe(0);
  });

  it('before the start sends no request', async () => {
    const running = (server = await SseServer.start());
    const { findings, isHealthy } = await doctor({ ...OPTIONS, url: new URL(running.url) }, AbortSignal.abort());
    expect(isHealthy).toBe(true);
    expect(findingOf({ findings, isHealthy, url: '' }, 'headers').says).toBe(
      'The doctor was stopped before this check.',
    );
    expect(running.exchanges).toEqual([]);
  });
});

describe('a complete examination', () => {
  it('leaves no connection, timer or socket behind', async () => {
    const running = (server = await SseServer.start(application({ headers: { 'access-control-allow-origin': '*' } })));
    const before = resources();
    await examine(running.url, { origin: 'https://app.example', watch: 200 });
    await running.idle();
    await until(() => resources().length <= before.length);
    expect(running.liveExchanges).toBe(0);
  });
});

describe('reading stops early for', () => {
  it('an endless flood of events', async () => {
    const flood = `data: ${'x'.repeat(100_000)}\n\n`;
    const running = (server = await SseServer.start(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const write = () => {
        while (!response.destroyed && response.write(flood));
      };
      response.on('drain', write);
      write();
    }));
    const report = await examine(running.url, { watch: 60_000 });
    expect(findingOf(report, 'end')).toMatchObject({ verdict: 'note', facts: { end: 'full' } });
    await running.idle();
  });

  it('a gzip bomb', async () => {
    const running = (server = await SseServer.start(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const gzip = createGzip({ level: constants.Z_BEST_COMPRESSION });
      gzip.pipe(response);
      for (let count = 0; count < 100; count++) gzip.write(':\n'.repeat(500_000));
      gzip.flush();
    }));
    const report = await examine(running.url, { watch: 60_000 });
    expect(findingOf(report, 'end')).toMatchObject({ verdict: 'note', facts: { end: 'full' } });
    await running.idle();
  });

  it('an event that is too long', async () => {
    const running = (server = await SseServer.start(exchange =>
      exchange.open().send(`data: ${'x'.repeat(2_000_000)}`),
    ));
    const report = await examine(running.url, { watch: 60_000 });
    expect(findingOf(report, 'end').facts).toMatchObject({ end: 'full', failure: { message: expect.any(String) } });
  });

  it('a body that isn’t gzip', async () => {
    const running = (server = await SseServer.start(exchange =>
      exchange.open({ 'content-encoding': 'gzip' }).send('data: 1\n\n'),
    ));
    const report = await examine(running.url, { watch: 60_000 });
    expect(findingOf(report, 'events')).toMatchObject({
      verdict: 'problem',
      says: expect.stringMatching(/decompressed/),
    });
  });
});
