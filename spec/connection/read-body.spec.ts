import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { type Backpressure, cancelBody, readBody } from '../../src/connection/read-body.js';
import { ConnectionError } from '../../src/index.js';
import { observe } from '../support/observe.js';

describe('readBody', () => {
  const response = (body: unknown) => ({ status: 200, url: '', headers: new Headers(), body });
  const chunksOf = (body: unknown, backpressure?: Backpressure, work = (): void => undefined) =>
    observe(
      readBody<Uint8Array | string>(
        response(body),
        'http://host/s?token=secret',
        {
          read: (chunk, subscriber) => {
            work();
            subscriber.next(chunk);
          },
        },
        { scheduler: asyncScheduler },
        backpressure,
      ),
    );

  it.each<[string, () => unknown]>([
    ['a web stream', () => new Response('ab').body],
    ['a Node stream', () => Readable.from([Buffer.from('ab')])],
    ['a Node stream of text', () => Readable.from(['ab'])],
    [
      'an async generator',
      async function* () {
        yield await Promise.resolve(new TextEncoder().encode('ab'));
      },
    ],
  ])('reads %s to its end', async (_kind, make) => {
    const body = make();
    const chunks = await chunksOf(typeof body === 'function' ? (body as () => unknown)() : body).completed();
    expect(Buffer.concat(chunks.map(chunk => Buffer.from(chunk as string))).toString()).toBe('ab');
  });

  it('fails with a ConnectionError that has the cause, if a body of either kind breaks [pitfall 21]', async () => {
    const cause = new Error('reset');
    const bodies = [
      new ReadableStream({ pull: controller => controller.error(cause) }),
      new Readable({
        read() {
          this.destroy(cause);
        },
      }),
    ];
    for (const body of bodies) {
      const error = (await chunksOf(body).failed()) as Error;
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.cause).toBe(cause);
      expect(error.message).not.toContain('secret');
    }
  });

  it('releases the lock when the body has ended', async () => {
    const { body } = new Response('ab');
    await chunksOf(body).completed();
    expect(body?.locked).toBe(false);
  });

  it('reads the next chunk only when the previous one has been processed', async () => {
    let pulls = 0;
    let goOn: () => void = () => undefined;
    const backpressure: { pending: Promise<void> | undefined } = { pending: undefined };
    const body = new ReadableStream(
      {
        pull: controller => {
          pulls++;
          controller.enqueue(Uint8Array.of(pulls));
        },
      },
      { highWaterMark: 0 },
    );
    const stream = chunksOf(body, backpressure);
    backpressure.pending = new Promise(resolve => {
      goOn = () => {
        backpressure.pending = undefined;
        resolve();
      };
    });
    await stream.first(1);
    await setImmediate();
    expect(pulls).toBe(1);
    goOn();
    await stream.first(2);
    stream.subscription.unsubscribe();
  });

  it('reads a large chunk in slices, whole and in order', async () => {
    const chunk = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    const slices = (await chunksOf(new Response(chunk).body).completed()) as Uint8Array[];
    expect(slices.length).toBeGreaterThan(300_000 / 65_536);
    expect(Buffer.compare(Buffer.concat(slices), chunk)).toBe(0);
  });

  const CHUNKS = 200;
  const SLICE = 64 * 1024;
  const bodyOf = (chunks: Iterable<Uint8Array>) => {
    const iterator = chunks[Symbol.iterator]();
    return new ReadableStream<Uint8Array>({
      pull: controller => {
        const { value } = iterator.next() as { value?: Uint8Array };
        if (value) controller.enqueue(value);
        else controller.close();
      },
    });
  };
  describe.each([
    ['all chunks are already available', () => Array.from({ length: CHUNKS }, () => Uint8Array.of(1))],
    ['a single chunk is large', () => [new Uint8Array(CHUNKS * SLICE)]],
  ])('when %s, and each chunk or slice takes a millisecond', (_, chunks) => {
    const working = () =>
      chunksOf(bodyOf(chunks()), undefined, () => {
        for (const end = performance.now() + 1; performance.now() < end;);
      });

    it('lets timers run between them', async () => {
      const stream = working();
      const before = await new Promise(resolve => setTimeout(() => resolve(stream.values.length)));
      expect(before).toBeLessThan(CHUNKS);
      expect(await stream.completed()).toHaveLength(CHUNKS);
    });

    it('stops reading if a timer unsubscribes', async () => {
      const stream = working();
      const before = await new Promise(resolve =>
        setTimeout(() => {
          stream.subscription.unsubscribe();
          resolve(stream.values.length);
        }),
      );
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      expect(stream.values).toHaveLength(before as number);
    });
  });

  it('destroys a Node stream, also while a read is pending, and ignores the error from that', async () => {
    const body = new Readable({
      read: () => undefined,
      destroy: (_error, done) => done(new Error('said on the way out')),
    });
    const stream = chunksOf(body);
    stream.subscription.unsubscribe();
    expect(body.destroyed).toBe(true);
    await new Promise(resolve => body.once('close', resolve));
    expect(stream.status).toBe('live');
  });
});

describe('cancelBody', () => {
  const response = (body: unknown) => ({ status: 200, url: '', headers: new Headers(), body });

  it('cancels a web or Node body, and ignores a body that someone else reads, or a missing one', async () => {
    const { body: web } = new Response('ab');
    cancelBody(response(web));
    expect(web?.locked).toBe(false);
    expect(await web?.getReader().read()).toEqual({ done: true, value: undefined });

    const node = new Readable({ read: () => undefined });
    cancelBody(response(node));
    expect(node.destroyed).toBe(true);

    const { body: taken } = new Response('ab');
    const reader = taken?.getReader();
    cancelBody(response(taken));
    expect((await reader?.read())?.value).toHaveLength(2);
    cancelBody(response(null));
  });
});
