import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Measured, measureClient } from '../support/measure-client.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

const MIB = 1024 * 1024;
const DEFAULT_SIZE = 64 * MIB;
/** The memory that a stream needs without holding anything: transport buffers, one chunk and the events in it. */
const CONSTANT = 64 * MIB;
/**
 * A line may take 3 bytes per character, is kept in a buffer that doubles, and is decoded at the end. Short lines take
 * several times their characters.
 */
const inProportionTo = (maxEventSize: number) => 8 * maxEventSize + CONSTANT;
/** How much more a process may grow: uncollected garbage, pools of the allocator, compiled code. */
const GARBAGE = 64 * MIB;

/** Repeats the text for `total` bytes, in pieces of about 32 KiB, or of one text if that is longer. */
function* repeat(text: string, total = Infinity): Generator<Buffer> {
  const length = Buffer.byteLength(text);
  const piece = Buffer.from(text.repeat(Math.ceil((32 * 1024) / length)));
  for (let sent = 0; sent < total; sent += piece.length) yield piece;
}
function* around(start: string, rest: Iterable<Buffer>, end = ''): Generator<Buffer> {
  yield Buffer.from(start);
  yield* rest;
  yield Buffer.from(end);
}

interface Abuse {
  readonly stream: () => Iterable<Buffer>;
  readonly encoding?: [name: string, encode: () => Transform] | undefined;
  readonly status?: number;
  readonly maxEventSize?: number;
  readonly inOneChunk?: boolean;
  /** How the stream ends for the client. An endless stream ends when the client refuses it. */
  readonly outcome: Partial<Measured>;
  /** The maximum number of bytes in use at once. */
  readonly bound: number;
}

/** A stream that the client refuses, with a limit of `maxEventSize` characters. */
const refused = (stream: Abuse['stream'], maxEventSize = DEFAULT_SIZE, encoding?: Abuse['encoding']): Abuse => ({
  stream,
  encoding,
  maxEventSize,
  outcome: { outcome: 'EventTooLargeError', events: 0 },
  bound: inProportionTo(maxEventSize),
});
/** A stream that the client reads and discards until an event arrives. */
const passed = (stream: () => Iterable<Buffer>, encoding?: Abuse['encoding']): Abuse => ({
  stream: () => around('', stream(), 'data: last\n\n'),
  encoding,
  outcome: { outcome: 'completed', events: 1 },
  bound: CONSTANT,
});
const gzip: Abuse['encoding'] = ['gzip', () => createGzip({ level: 1 })];

const ABUSES: Record<string, Abuse> = {
  'an endless line': refused(() => repeat('x')),
  'an endless line of characters with 3 bytes each': refused(() => repeat('€')),
  'an endless comment': refused(() => around(':', repeat('x'))),
  'an endless id': refused(() => around('id: ', repeat('x'))),
  'an endless event': refused(() => repeat(`data: ${'x'.repeat(1000)}\n`)),
  'an endless event with 2 characters per line': refused(() => repeat('data:€a\n'), 8 * MIB),
  'an endless line, with a small limit': refused(() => repeat('x'), 64 * 1024),
  'an endless event, with a small limit': refused(() => repeat('data: 0123456789abcdef\n'), 64 * 1024),
  // Most of each chunk is discarded at once.
  'an endless event with a short line and a long comment in each chunk': refused(
    () => repeat(`data: 0123456789abcdef\n:${'x'.repeat(16_000)}\n`),
    256 * 1024,
  ),
  'the largest event that is accepted': {
    stream: () => around('data: ', repeat('x', DEFAULT_SIZE - 64 * 1024), '\n\n'),
    outcome: { outcome: 'completed', events: 1, characters: DEFAULT_SIZE - 64 * 1024 },
    bound: inProportionTo(DEFAULT_SIZE),
  },
  'many comments': passed(() => repeat(': beat\n', 16 * MIB)),
  'many ids': passed(() => repeat(`id: ${'x'.repeat(1000)}\n\n`, 128 * MIB)),
  'many types': passed(() => repeat(`event: ${'x'.repeat(1000)}\n\n`, 128 * MIB)),
  'many retry times': passed(() => repeat('retry: 9007199254740993\n', 32 * MIB)),
  'a million tiny events in one chunk': {
    stream: () => [Buffer.from('data:\n\n'.repeat(1e6))],
    inOneChunk: true,
    outcome: { outcome: 'completed', events: 1e6 },
    bound: 256 * MIB,
  },
  'an endless error response': {
    stream: () => repeat('x'),
    status: 503,
    outcome: { outcome: 'ResponseStatusError', events: 0 },
    bound: CONSTANT,
  },
  'a gzip bomb of comments': passed(() => repeat(`:${'x'.repeat(1000)}\n`, 64 * MIB), gzip),
  'a gzip bomb of one line': refused(() => repeat('x'), MIB, gzip),
  'a deflate bomb of one line': refused(() => repeat('x'), MIB, ['deflate', createDeflate]),
  'a Brotli bomb of one line': refused(() => repeat('x'), MIB, ['br', createBrotliCompress]),
};

describe('memory', () => {
  let server: SseServer | undefined;
  afterEach(() => server?.close());

  function answer({ stream, encoding, status = 200 }: Abuse, { request, response }: Exchange): void {
    const headers = { 'content-type': 'text/event-stream' };
    if (request.url === '/warm-up') {
      response.writeHead(200, headers).end('data: warm\n\n');
      return;
    }
    response.writeHead(status, { ...headers, ...(encoding && { 'content-encoding': encoding[0] }) });
    const source = Readable.from(stream());
    // The client may disconnect at any time.
    (encoding ? pipeline(source, encoding[1](), response) : pipeline(source, response)).catch(() => undefined);
  }

  it.each(Object.entries(ABUSES))('stays bounded: %s [pitfall 33]', async (name, abuse) => {
    server = await SseServer.start(exchange => answer(abuse, exchange));
    const measured = await measureClient({ ...abuse, url: server.url });
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
    process.stdout.write(
      `${name}: ${mib(measured.inUse)} in use (bound ${mib(abuse.bound)}), process + ${mib(measured.resident)}, ` +
        `${measured.outcome} after ${Math.round(measured.milliseconds)} ms\n`,
    );
    expect(measured).toMatchObject(abuse.outcome);
    expect(measured.inUse).toBeLessThan(abuse.bound);
    expect(measured.resident).toBeLessThan(abuse.bound + GARBAGE);
    await server.idle();
  });
});
