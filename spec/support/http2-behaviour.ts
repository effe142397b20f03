/* eslint jest/no-export: off -- these tests run with each client, in a spec for each */
import { constants } from 'node:http2';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, map, type Observable } from 'rxjs';
import type { EventSourceLifecycle, EventSourceOptions, ServerSentEvent } from '../../src/index.js';
import { type Http2Exchange, Http2Server } from './http2-server.js';
import { eventOf } from './numbered-events.js';
import { observe, ofKind } from './observe.js';
import { Random } from './random.js';
import { firstSeed } from './random-stream.js';
import type { Assets } from './sse-server.js';

/** `fromEventSourceLifecycle`, wherever it runs. */
type Streams = (url: string, options: EventSourceOptions) => Observable<EventSourceLifecycle>;

/** An HTTP/2 client that rx-sse runs on, and its behaviour in everything that is up to the client. */
export interface Http2Client {
  readonly name: string;
  /** The assets that it requires from the server. */
  readonly assets?: Assets;
  /** Returns a function that creates streams from the server at `origin`. Its resources are released after the test. */
  connect(origin: string): Promise<Streams>;
  /** The code with which it resets a stream on unsubscribe. */
  readonly cancelCode: number;
  /** The RST_STREAM codes that it treats as a clean end. Any other code is an error. */
  readonly takesForEnd: readonly string[];
  /** Whether its streams continue after a GOAWAY that allows it. */
  readonly goesOnAfterGoAway: boolean;
}

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR } = constants;
const RESETS = {
  NO_ERROR: NGHTTP2_NO_ERROR,
  INTERNAL_ERROR: NGHTTP2_INTERNAL_ERROR,
  REFUSED_STREAM: constants.NGHTTP2_REFUSED_STREAM,
  CANCEL: constants.NGHTTP2_CANCEL,
  ENHANCE_YOUR_CALM: constants.NGHTTP2_ENHANCE_YOUR_CALM,
};

type Fault = [name: string, make: (exchange: Http2Exchange) => void];
const CONNECTION_FAULTS: Fault[] = [
  ['the end of the connection', exchange => exchange.session.destroy()],
  ['a reset of the connection', exchange => exchange.cut()],
];
/** Faults that aren't possible on the first stream of a connection. */
const LEFT_OUT_FAULTS: Fault[] = [
  ['a GOAWAY that excludes the stream', exchange => exchange.leaveOut(NGHTTP2_NO_ERROR)],
  [
    'a GOAWAY with an error, then the end of the connection',
    exchange => {
      exchange.leaveOut(NGHTTP2_INTERNAL_ERROR);
      exchange.session.destroy();
    },
  ],
];
const BREAKS: Fault[] = [
  ...Object.entries(RESETS).map(([name, code]): Fault => [name, exchange => exchange.reset(code)]),
  ...CONNECTION_FAULTS,
];
const ENDS: Fault[] = [
  ['the end of the stream', exchange => exchange.end()],
  [
    'a GOAWAY, then the end of the stream',
    exchange => {
      exchange.session.close();
      exchange.end();
    },
  ],
];

/** Returns the events from one number to another as text. */
function text(first: number, last = first): string {
  let all = '';
  for (let n = first; n <= last; n++) {
    const { type, data, lastEventId } = eventOf(n);
    all += `id: ${lastEventId}\nevent: ${type}\n${data.replace(/^/gm, 'data: ')}\n\n`;
  }
  return all;
}

const events = (first: number, last = first) =>
  Array.from({ length: last - first + 1 }, (_, index) => eventOf(first + index));

/** Returns the number of the event with that ID. */
const numberOf = (lastEventId = '') => Number(/\d*$/.exec(lastEventId)?.[0]);

const eventsOf = (stream: Observable<EventSourceLifecycle>): Observable<ServerSentEvent> =>
  stream.pipe(
    filter(ofKind('event')),
    map(({ event }) => event),
  );
const eventsIn = (items: EventSourceLifecycle[]) => items.filter(ofKind('event')).map(({ event }) => event);
const isEvent = (n: number) => (item: EventSourceLifecycle) =>
  item.kind === 'event' && item.event.lastEventId === eventOf(n).lastEventId;

/** Counts the events of `actual` that differ from `expected`, including missing and surplus ones. */
const disagreements = (actual: ServerSentEvent[], expected: ServerSentEvent[]) =>
  [...Array(Math.max(actual.length, expected.length)).keys()].filter(
    index => !isDeepStrictEqual(actual[index], expected[index]),
  ).length;

/** The number of events of each of 100 streams, and of each of the four streams in chaos. */
const EACH = 20;
const LAST = 300;

/** Tests that rx-sse keeps its promises with a client over HTTP/2. */
export function describeHttp2(client: Http2Client): void {
  describe(`HTTP/2 in ${client.name}`, () => {
    let server: Http2Server;
    let open: (path: string) => Observable<EventSourceLifecycle>;
    const start = async (handler?: (exchange: Http2Exchange) => void) => {
      server = await Http2Server.start(handler, client.assets);
      const streams = await client.connect(server.origin);
      open = path => streams(server.origin + path, { reconnect: { delay: 1, maxDelay: 10 } });
    };
    afterEach(() => server.close());

    describe('100 streams', () => {
      beforeEach(() => start());

      it('share one connection, each receives exactly its events, and one closes without the others [pitfall 41]', async () => {
        const random = new Random(firstSeed);
        const observed = Array.from({ length: 100 }, (_, index) => ({
          path: `/${index}`,
          first: 1000 * index + 1,
          last: 1000 * index + EACH,
          stream: observe(eventsOf(open(`/${index}`))),
        }));
        const streams = await Promise.all(
          observed.map(async one => ({ ...one, exchange: await server.exchange(one.path) })),
        );
        expect(server.liveExchanges).toBe(100);
        expect(server.sessions).toHaveLength(1);

        const unsent = new Set(
          streams.map(({ exchange, first, last }) => ({
            exchange: exchange.open(),
            pieces: [...random.split(Buffer.from(text(first, last)), 300)],
          })),
        );
        while (unsent.size > 0) {
          const one = random.pick([...unsent]);
          const piece = one.pieces.shift();
          if (piece) one.exchange.send(piece);
          else unsent.delete(one);
          await turn();
        }
        await Promise.all(streams.map(({ stream }) => stream.first(EACH)));

        const left = random.pick(streams);
        left.stream.subscription.unsubscribe();
        expect(await left.exchange.gone()).toBe(client.cancelCode);
        let compared = 0;
        let wrong = 0;
        for (const one of streams) {
          const more = one === left ? 0 : 1;
          if (more > 0) one.exchange.send(text(one.last + 1));
          await one.stream.first(EACH + more);
          compared += EACH + more;
          wrong += disagreements(one.stream.values, events(one.first, one.last + more));
        }
        process.stdout.write(
          `100 streams over HTTP/2 in ${client.name}, SEED=${firstSeed}: ${compared} events compared, ${wrong} disagreements\n`,
        );
        expect(wrong).toBe(0);
        // No stream reconnected, and no other connection was opened.
        expect(server.liveExchanges).toBe(99);
        expect(server.exchanges).toHaveLength(100);
        expect(server.sessions).toHaveLength(1);
      }, 120_000);
    });

    describe('a stream resumes from its position after', () => {
      beforeEach(() => start());

      /**
       * Opens two streams on one connection. The second has received three events, and a fourth without its blank line.
       */
      const two = async () => {
        const neighbour = observe(eventsOf(open('/neighbour')));
        const beside = (await server.exchange('/neighbour')).open().send(text(1));
        await neighbour.first(1);
        const stream = observe(open('/stream'));
        const first = (await server.exchange('/stream')).open().send(text(1, 4).slice(0, -1));
        await stream.find(isEvent(3));
        expect(first.session).toBe(beside.session);
        return { neighbour, beside, stream, first };
      };

      it.each(Object.entries(RESETS))('RST_STREAM with %s, without any effect on its neighbour', async (name, code) => {
        const { neighbour, beside, stream, first } = await two();
        first.reset(code);
        const second = await server.exchange('/stream', 1);
        expect(second.lastEventId).toBe(eventOf(3).lastEventId);
        expect(second.session).toBe(first.session);
        const { error } = await stream.find(ofKind('waiting'));
        expect(error === undefined).toBe(client.takesForEnd.includes(name));

        second.open().send(text(4, 6));
        await stream.find(isEvent(6));
        expect(eventsIn(stream.values)).toEqual(events(1, 6));
        beside.send(text(2));
        expect(await neighbour.first(2)).toEqual(events(1, 2));
        expect(server.exchanges).toHaveLength(3);
        expect(server.sessions).toHaveLength(1);
      });

      it.each([...CONNECTION_FAULTS, ...LEFT_OUT_FAULTS])('%s', async (_name, make) => {
        const { stream, first } = await two();
        make(first);
        const second = await server.exchange('/stream', 1);
        expect(second.lastEventId).toBe(eventOf(3).lastEventId);
        expect(second.session).not.toBe(first.session);
        expect(await stream.find(ofKind('waiting'))).toMatchObject({ error: { name: 'ConnectionError' } });

        second.open().send(text(4, 6));
        await stream.find(isEvent(6));
        expect(eventsIn(stream.values)).toEqual(events(1, 6));
      });

      it('a GOAWAY that lets it continue, then the end of the stream', async () => {
        const { stream, first } = await two();
        first.session.close();
        if (client.goesOnAfterGoAway) {
          first.send('\n');
          await stream.find(isEvent(4));
          first.end();
        }
        const second = await server.exchange('/stream', 1);
        const after = client.goesOnAfterGoAway ? 4 : 3;
        expect(second.lastEventId).toBe(eventOf(after).lastEventId);
        expect(second.session).not.toBe(first.session);

        second.open().send(text(after + 1, 6));
        await stream.find(isEvent(6));
        expect(eventsIn(stream.values)).toEqual(events(1, 6));
      });
    });

    it(`receives all of 4 times ${LAST} events in chaos [pitfall 22]`, async () => {
      const random = new Random(firstSeed);
      const faults = Object.fromEntries([...BREAKS, ...LEFT_OUT_FAULTS, ...ENDS].map(([name]) => [name, 0]));
      const unknownPositions: string[] = [];

      await start(exchange => {
        const base = 1000 * Number(exchange.path.slice(1));
        const position = exchange.lastEventId;
        const after = position === undefined ? base : numberOf(position);
        if (position !== undefined && position !== eventOf(after).lastEventId) unknownPositions.push(position);
        if (after === base + LAST) exchange.refuse(204);
        else void goWrong(exchange, Buffer.from(text(after + 1, Math.min(after + random.between(1, 40), base + LAST))));
      });
      /** Sends the stream in pieces, and breaks off after any byte, or sometimes before the headers. */
      const goWrong = async (exchange: Http2Exchange, stream: Buffer) => {
        const headless = random.chance(0.1);
        const possible = [...BREAKS, ...(exchange.isFirst ? [] : LEFT_OUT_FAULTS), ...(headless ? [] : ENDS)];
        const unmade = possible.filter(([name]) => faults[name] === 0);
        const [name, make] = random.pick(unmade.length > 0 ? unmade : possible);
        if (!headless) {
          exchange.open();
          for (const piece of random.split(stream.subarray(0, random.between(0, stream.length)), 500)) {
            exchange.send(piece);
            await turn();
            if (exchange.stream.destroyed) return;
          }
        }
        faults[name] = (faults[name] ?? 0) + 1;
        make(exchange);
      };

      const startedAt = performance.now();
      const streams = [0, 1, 2, 3].map(index => observe(eventsOf(open(`/${index}`))));
      let wrong = 0;
      for (const [index, stream] of streams.entries()) {
        wrong += disagreements(await stream.completed(), events(1000 * index + 1, 1000 * index + LAST));
      }
      process.stdout.write(
        `chaos over HTTP/2 in ${client.name}, SEED=${firstSeed}: ${4 * LAST} events compared, ${wrong} disagreements, ` +
          `${server.exchanges.length} requests, ${server.sessions.length} connections, ${JSON.stringify(faults)}, ` +
          `${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
      );
      expect(wrong).toBe(0);
      expect(unknownPositions).toEqual([]);
      expect(Object.values(faults)).not.toContain(0);
    }, 120_000);

    describe('unsubscribing closes the stream but not the connection', () => {
      beforeEach(() => start());

      const PHASES: [string, (exchange: Http2Exchange) => void, (item: EventSourceLifecycle) => boolean][] = [
        ['before the headers', () => undefined, ofKind('connecting')],
        ['after the headers', exchange => exchange.open(), ofKind('open')],
        ['in the middle of an event', exchange => exchange.open().send(text(1) + 'data: ha'), ofKind('event')],
      ];
      it.each(PHASES)('%s', async (_phase, answer, reached) => {
        const stream = observe(open('/left'));
        const exchange = await server.exchange('/left');
        answer(exchange);
        await stream.find(reached);
        stream.subscription.unsubscribe();
        expect(await exchange.gone()).toBe(client.cancelCode);

        observe(open('/next'));
        expect((await server.exchange('/next')).session).toBe(exchange.session);
        expect(server.liveExchanges).toBe(1);
        expect(server.sessions).toHaveLength(1);
      });
    });
  });
}
