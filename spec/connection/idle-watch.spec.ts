import { silent } from '#texts';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeBody } from '../../src/testing/fake-body.js';
import { beatsAfter, body, end, event, heartbeat, holding, machine, read, stream } from './idle-machine.js';

const HOUR = 3_600_000;
const MONTH = 720 * HOUR;

describe('idleTimeout', () => {
  const LIMIT = 30_000;
  describe.each<[string, () => void]>([
    ['30_000', () => read(LIMIT)],
    [
      `'auto' that has learned 30 s`,
      () => {
        read('auto');
        beatsAfter(10_000, 10_000, 10_000);
      },
    ],
  ])('of %s', (_, start) => {
    beforeEach(start);

    it('ends the stream when the silence has lasted this long, and not before', () => {
      machine.pass(LIMIT - 1);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/30000 ms/);
    });

    it.each([
      ['an event', event],
      ['a comment', heartbeat],
    ])('counts from the last byte of %s [pitfall 17]', (_kind, come) => {
      for (let round = 0; round < 5; round++) {
        machine.pass(LIMIT / 3);
        come();
      }
      machine.pass(LIMIT - 1);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/ ms/);
    });

    it.each([0, 1000, 29_000, 31_000, 59_000])(
      'in a hidden tab with one timer per minute, ends the stream at the first one, also %d ms after one [pitfall 43]',
      async offset => {
        // The silence starts this many ms after a full minute.
        while (machine.frame % 60_000 !== offset) {
          machine.pass(1000);
          event();
        }
        const silentFrom = machine.frame;
        // The first full minute after the limit, when a timer fires.
        const due = Math.ceil((silentFrom + LIMIT) / 60_000) * 60_000;
        machine.throttle(due - 1 - silentFrom);
        await turn();
        expect(end()).toBeUndefined();
        machine.throttle(1);
        await turn();
        expect(end()).toMatch(/ ms/);
      },
    );

    it.each([
      ['back by an hour', -HOUR],
      ['back by a month', -MONTH],
      ['back by a second', -1000],
      ['forward by a second', 1000],
    ])('ignores a clock that is set %s, and checks no more often [pitfall 43]', (_by, by) => {
      machine.pass(LIMIT / 2);
      const { fired } = machine;
      machine.setClock(by);
      machine.pass(LIMIT / 2 - 1);
      expect(end()).toBeUndefined();
      expect(machine.fired - fired).toBeLessThan(3);
      machine.pass(1);
      expect(end()).toMatch(/ ms/);
    });

    it.each([
      ['slept while the steady clock stood still', () => machine.sleep(HOUR, 'stands still')],
      ['slept while the steady clock continued', () => machine.sleep(HOUR, 'goes on')],
      ['had its clock set forward, which looks the same', () => machine.setClock(MONTH)],
    ])('forgives, once per silence, that the machine %s [pitfall 19]', async (_what, sleep) => {
      machine.pass(LIMIT - 1);
      sleep();
      machine.pass(1);
      await turn();
      expect(end()).toBeUndefined();
      // A second sleep in the same silence is not forgiven.
      machine.pass(LIMIT - 2);
      expect(end()).toBeUndefined();
      sleep();
      machine.pass(2);
      await turn();
      expect(end()).toMatch(/ ms/);
    });

    it.each([
      ['stood still', 'stands still'],
      ['continued', 'goes on'],
    ] as const)('forgives a sleep in which the steady clock %s, again in each silence', async (_what, clock) => {
      for (let night = 0; night < 3; night++) {
        machine.pass(LIMIT - 1);
        machine.sleep(8 * HOUR, clock);
        machine.pass(1);
        await turn();
        expect(end()).toBeUndefined();
        // Data that arrived in the meantime is read.
        event();
      }
      machine.pass(2 * LIMIT);
      expect(end()).toMatch(/ ms/);
    });

    it.each([100, 5000, 90_000])(
      'reads waiting bytes first, if the event loop was blocked for %d ms when the limit passed',
      async time => {
        machine.pass(LIMIT - 50);
        machine.block(time);
        // In a turn, timers run before bytes are read.
        event();
        await turn();
        expect(end()).toBeUndefined();
        machine.pass(LIMIT - 1);
        expect(end()).toBeUndefined();
        // 'auto' counts the blocked time as a pause.
        machine.pass(12 * LIMIT);
        expect(end()).toMatch(/ ms/);
      },
    );

    it('ends the stream a task later, if no bytes wait after the event loop was blocked', async () => {
      machine.pass(LIMIT - 50);
      machine.block(5000);
      expect(end()).toBeUndefined();
      await turn();
      expect(end()).toMatch(/ ms/);
    });

    it.each([
      ['no bytes have arrived', () => undefined],
      ['bytes have arrived', event],
    ])('doesn’t fail and sets no timer, if unsubscribed before that task, when %s', async (_what, come) => {
      machine.block(LIMIT + 1);
      come();
      stream.subscription.unsubscribe();
      await turn();
      expect(end()).toBeUndefined();
      expect(machine.timers).toBe(0);
    });

    it.each([
      ['end', () => body.finish({}), 'completed'],
      ['break', () => body.finish({ error: new Error('reset') }), 'failed'],
    ])('leaves no timer behind at the %s of the body', (_end, end, status) => {
      end();
      expect(stream.status).toBe(status);
      expect(machine.timers).toBe(0);
    });
  });

  it.each([undefined, 0])('of %s is off: no timer is set', async idleTimeout => {
    read(idleTimeout);
    beatsAfter(10_000, 10_000, 10_000, 10_000);
    expect(machine.timers).toBe(0);
    machine.block(MONTH);
    await turn();
    expect(end()).toBeUndefined();
  });

  it('names the option and its limit in the message', () => {
    read(20_000);
    machine.pass(20_000);
    expect(end()).toBe(`${silent(20_000, undefined)}: http://host/s`);
  });

  it('doesn’t count time in which nothing is read', () => {
    const { backpressure, hold, goOn } = holding();
    read(20_000, backpressure);
    hold();
    event();
    machine.pass(HOUR);
    goOn();
    machine.pass(19_999);
    expect(end()).toBeUndefined();
    machine.pass(1);
    expect(end()).toMatch(/ ms/);
  });

  describe('counts from when a chunk has been processed, although the next one is read a task later', () => {
    const { backpressure, hold, goOn } = holding();
    beforeEach(() => {
      read(20_000, backpressure, Object.assign(new FakeBody(), { synchronous: false }));
      machine.pass(10_000);
      event();
    });
    afterEach(goOn);

    it('if nothing else arrives in that task', async () => {
      machine.pass(19_999);
      await turn();
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/20000 ms/);
    });

    it('unless the read is held back in that task', async () => {
      hold();
      await turn();
      machine.pass(HOUR);
      expect(end()).toBeUndefined();
      goOn();
      machine.pass(19_999);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/20000 ms/);
    });
  });
});
