/* eslint jest/no-export: off -- these tests run with few toggles and with many, each in its own spec */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ChaosServer } from './chaos-server.js';
import { eventOf } from './numbered-events.js';
import { Random } from './random.js';
import { firstSeed } from './random-stream.js';
import { type Exchange, SseServer } from './sse-server.js';
import { runToggled, TruthCheck } from './toggled-stream.js';

/** More events than any run receives. */
const ENDLESS = 100_000_000;

/** Tests a stream that is paused and resumed `toggles` times. */
export function testConnectWhile(toggles: number): void {
  describe(`connectWhile, toggled ${toggles} times, with the seed ${firstSeed}`, () => {
    let server: { close(): Promise<void> } | undefined;
    afterEach(() => server?.close());

    it('loses and duplicates no event in chaos, with an async `decode` and `batchPerFrame` downstream [pitfall 53]', async () => {
      const truth = new TruthCheck();
      const chaos = await ChaosServer.start(firstSeed, ENDLESS, exchange => truth.look(exchange));
      server = chaos;
      const { count, wrong } = await runToggled({
        seed: firstSeed,
        url: chaos.url,
        options: ChaosServer.options,
        toggles,
        truth,
        eventOf,
      });
      const { unknownPositions } = chaos.report(`native fetch, ${toggles} toggles`, count);
      expect(wrong).toEqual([]);
      expect(truth.lies).toEqual([]);
      expect(unknownPositions).toEqual([]);
      // `idleTimeout` detects a relay that stalls.
      expect(truth.longestDelay).toBeLessThan(5000);
    });

    it('never reports `open` for a response that it has closed, and keeps no request open in a pause [pitfall 56]', async () => {
      const truth = new TruthCheck();
      const random = new Random(firstSeed);
      const ended = new Set<Exchange>();
      const open = await SseServer.start(exchange => {
        truth.look(exchange, exchange => ended.has(exchange));
        if (random.chance(0.1)) {
          exchange.refuse(503);
          return;
        }
        const first = Number(exchange.lastEventId ?? 0) + 1;
        const most = random.pick([0, 1, 20, 300]);
        exchange.open();
        for (let n = first; n < first + most; n++) exchange.send(`id: ${n}\ndata: ${n}\n\n`);
        const fate = random.pick(['stay', 'stay', 'cut', 'end']);
        if (fate === 'stay' && most > 0) {
          // Continues as long as the client is connected.
          let n = first + most;
          const goOn = () => {
            if (exchange.response.destroyed) return;
            exchange.send(`id: ${n}\ndata: ${n++}\n\n`);
            setImmediate(goOn);
          };
          goOn();
          return;
        }
        ended.add(exchange);
        if (fate === 'cut') exchange.cut();
        else exchange.end();
      });
      server = open;
      const { wrong } = await runToggled({
        seed: firstSeed,
        url: open.url,
        options: { reconnect: { delay: 1, maxDelay: 10 } },
        toggles,
        truth,
        eventOf: n => ({ type: 'message', data: `${n}`, lastEventId: `${n}` }),
        rest: () => open.idle(),
      });
      expect(wrong).toEqual([]);
      expect(truth.lies).toEqual([]);
      await open.idle();
    });
  });
}
