import { afterEach, describe, expect, it } from '@jest/globals';
import { retry } from 'rxjs';
import { decode, DecodeError, type Decoder, fromEventSource, json, reconnect } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { settled } from './settled.js';

afterEach(settled);

describe('decode', () => {
  describe('with reconnection', () => {
    const BLOCKS = 'id: 1\ndata: 1\n\nid: 2\ndata: {\n\nid: 3\ndata: 3\n\n';
    let server: SseServer | undefined;
    afterEach(() => server?.close());

    /** Returns the number of requests that the server received, including those that were still in flight. */
    const requests = async ({ exchanges, url }: SseServer) => {
      const probe = await fetch(`${url}?probe`);
      await probe.body?.cancel();
      return exchanges.filter(({ request }) => !request.url?.endsWith('?probe')).length;
    };

    it.each<[string, Decoder]>([
      ['at once', json()],
      ['later', text => Promise.resolve(text).then(JSON.parse)],
    ])('errors for good at an undecodable event, and doesn’t request it again (decoded %s)', async (_, decoder) => {
      server = await SseServer.start(exchange => void exchange.open().send(BLOCKS));
      const clock = new Clock();
      const stream = observe(
        fromEventSource(server.url, { reconnect: { delay: 0 }, scheduler: clock }).pipe(decode({ message: decoder })),
      );
      expect(await stream.failed()).toMatchObject({ name: 'DecodeError', event: { data: '{', lastEventId: '2' } });
      expect(stream.values.map(({ data }) => data)).toEqual([1]);
      await server.idle();
      expect(clock.timers).toBe(0);
      expect(await requests(server)).toBe(1);
    });

    it('with RxJS `retry`, continues after the undecodable event', async () => {
      server = await SseServer.start(
        exchange => void exchange.open().send(exchange.index === 0 ? BLOCKS : 'id: 3\ndata: 3\n\n'),
      );
      const stream = observe(fromEventSource(server.url).pipe(decode(json()), retry(1)));
      expect(await stream.first(2)).toEqual([
        { type: 'message', data: 1, lastEventId: '1' },
        { type: 'message', data: 3, lastEventId: '3' },
      ]);
      expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '2']);
      stream.subscription.unsubscribe();
      await server.idle();
    });

    it('with RxJS `retry`, also skips an event that was still being decoded', async () => {
      server = await SseServer.start(
        exchange => void exchange.open().send(exchange.index === 0 ? BLOCKS : 'id: 4\ndata: 4\n\n'),
      );
      const later: Decoder<number> = text => Promise.resolve(text).then(JSON.parse) as Promise<number>;
      const stream = observe(fromEventSource(server.url).pipe(decode(later), retry(1)));
      expect((await stream.first(2)).map(({ data }) => data)).toEqual([1, 4]);
      // The third event was already delivered, and still being decoded when the second failed.
      expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3']);
      stream.subscription.unsubscribe();
      await server.idle();
    });

    it('also errors for good at an undecodable event if `reconnect` follows it', async () => {
      server = await SseServer.start(exchange => void exchange.open().send(BLOCKS));
      const clock = new Clock();
      const stream = observe(
        fromEventSource(server.url, { reconnect: false }).pipe(decode(json()), reconnect({ delay: 0 }, clock)),
      );
      expect(await stream.failed()).toBeInstanceOf(DecodeError);
      await server.idle();
      expect(clock.timers).toBe(0);
      expect(await requests(server)).toBe(1);
    });

    it('leaves reconnecting to the source when the connection is lost, and continues decoding', async () => {
      server = await SseServer.start();
      const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }).pipe(decode(json())));
      (await server.exchange(0)).open().send('id: 1\ndata: 1\n\n');
      await stream.first(1);
      server.exchanges[0]?.cut();
      const again = await server.exchange(1);
      expect(again.lastEventId).toBe('1');
      again.open().send('id: 2\ndata: 2\n\n');
      expect((await stream.first(2)).map(({ data }) => data)).toEqual([1, 2]);
    });
  });
});
