import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pass } from 'node:timers/promises';
import { type FetchLike, iterateEventSource, type ServerSentEvent } from '../../src/index.js';
import { EVENT, EVENTS, type FloodingServer, startFloodingServer } from '../support/start-flooding-server.js';
import { TRANSPORTS } from '../support/transports.js';

/** How many events a consumer takes in total, and per second. */
const TAKEN = 1000;
const RATE = 100;
/** The number of events between two measurements. A chunk has 64, so measurements fall everywhere within a chunk. */
const LOOK = 7;
/** How many chunks the control reads. The amount that a transport buffers varies from chunk to chunk. */
const CHUNKS = 20;

interface Result {
  readonly value?: Uint8Array;
}
interface Source {
  read(): Promise<Result>;
  next(): Promise<Result>;
}
/** A body as the library reads it: with a reader if it has one, otherwise with an iterator. */
interface Body {
  getReader?(): Source;
  [Symbol.asyncIterator](): Source;
}

/** Wraps a transport, and reports each chunk that is read from it. */
const counting =
  (fetch: FetchLike, read: (bytes: number) => void): FetchLike =>
  async (url: string, init: unknown) => {
    const response = await fetch(url, init);
    const body = response.body as Body;
    const [open, method] = body.getReader
      ? (['getReader', 'read'] as const)
      : ([Symbol.asyncIterator, 'next'] as const);
    const opened = (body[open] as () => Source).bind(body);
    body[open] = () => {
      const source = opened();
      const take = source[method].bind(source);
      source[method] = async () => {
        const result = await take();
        read(result.value?.length ?? 0);
        return result;
      };
      return source;
    };
    return response;
  };

const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;

describe.each(TRANSPORTS)('a consumer of 100 events per second, over %s', (name, fetch) => {
  let server: FloodingServer;
  beforeAll(async () => {
    server = await startFloodingServer();
  });
  afterAll(() => server.close());

  /**
   * Returns how much of a stream the client's process has read, as the server sees it, when it is stable: the same
   * for `looks` looks in a row.
   */
  async function read(stream: string, looks: number): Promise<number> {
    let last = 0;
    for (let same = 1; same < looks;) {
      const { written, inKernel } = await server.flow(stream);
      same = written > 0 && written - inKernel === last ? same + 1 : 1;
      last = written - inKernel;
    }
    return last;
  }

  /** Resolves when the server has seen the stream close. */
  async function closed(stream: string): Promise<void> {
    while ((await server.flow(stream)).open);
  }

  /** Returns the chunks of a stream as the transport delivers them. */
  async function* chunksOf(stream: string): AsyncGenerator<Uint8Array> {
    const controller = new AbortController();
    const { body } = await fetch(server.url(stream), { signal: controller.signal });
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) yield chunk;
    } finally {
      controller.abort();
    }
  }

  it('reads at most a chunk more than the transport buffers itself, of a million events to come [pitfall 37]', async () => {
    // The transport's own buffers: measured after each chunk that a bare reader has taken, while it takes no more.
    const control = { taken: 0, chunk: 0, buffered: 0 };
    let chunks = 0;
    for await (const { length } of chunksOf('control')) {
      control.taken += length;
      control.chunk = Math.max(control.chunk, length);
      control.buffered = Math.max(control.buffered, (await read('control', 20)) - control.taken);
      if (++chunks === CHUNKS) break;
    }
    await closed('control');

    let handedOut = 0;
    let chunk = 0;
    const counted = counting(fetch, length => {
      handedOut += length;
      chunk = Math.max(chunk, length);
    });
    let consumed = 0;
    /** The maximum that the transport has handed out and the consumer hasn't taken. */
    let own = 0;
    let held = 0;
    let outstanding = 0;
    for await (const { data } of iterateEventSource(server.url('consumed'), { fetch: counted, reconnect: false })) {
      consumed += 'data: \n\n'.length + data.length;
      own = Math.max(own, handedOut - consumed);
      await pass(1000 / RATE);
      if ((consumed / EVENT.length) % LOOK === 0) {
        held = Math.max(held, (await read('consumed', 3)) - consumed);
        outstanding = Math.max(outstanding, (await server.flow('consumed')).written - consumed);
      }
      if (consumed === TAKEN * EVENT.length) break;
    }
    await closed('consumed');

    process.stdout.write(
      `${name}: read and not consumed ${kib(held)} at the most, ${kib(own)} of it handed out, where the transport alone holds ` +
        `${kib(control.buffered)} and a chunk is ${kib(chunk)}; with the kernel’s buffers ${kib(outstanding)}, after ${kib(consumed)}\n`,
    );
    // On the same connection, the library holds at most the rest of one chunk more than a bare reader would.
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThanOrEqual(chunk);
    // Between two connections, the transport's buffers differ by up to one read of its socket, and the
    // figures by one event.
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(control.buffered + 2 * Math.max(chunk, control.chunk) + EVENT.length);
    expect(outstanding).toBeLessThan((EVENTS * EVENT.length) / 10);
  });

  const ends: [string, (events: AsyncIterableIterator<ServerSentEvent>) => Promise<unknown>][] = [
    [
      'break',
      async events => {
        for await (const { type } of events) if (type === 'message') break;
      },
    ],
    ['return', events => events.next().then(() => events.return?.())],
    ['throw', events => events.next().then(() => events.throw?.(new Error('enough')).catch(String))],
    [
      'an error in the loop',
      async events => {
        const loop = async () => {
          for await (const { type } of events) throw new Error(type);
        };
        await expect(loop()).rejects.toThrow('message');
      },
    ],
  ];
  it.each(ends)('closes the connection on %s, and the server sees it [pitfall 6]', async (way, end) => {
    const stream = way.replaceAll(' ', '-');
    await end(iterateEventSource(server.url(stream), { fetch, reconnect: false }));
    await closed(stream);
    expect((await server.flow(stream)).written).toBeGreaterThan(0);
  });
});
