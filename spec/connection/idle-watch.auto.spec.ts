import { silent } from '#texts';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { beatsAfter, end, event, heartbeat, holding, machine, read } from './idle-machine.js';

const HOUR = 3_600_000;
const MONTH = 720 * HOUR;

describe('idleTimeout', () => {
  describe(`of 'auto'`, () => {
    it('never ends the stream of a server that sends no heartbeats', async () => {
      read('auto');
      for (const pause of [1000, 2000, 5000, 10, MONTH]) {
        machine.pass(pause);
        event();
      }
      expect(machine.timers).toBe(0);
      machine.block(MONTH);
      await turn();
      expect(end()).toBeUndefined();
    });

    it('has no limit, and sets no timer, until three heartbeats have arrived', () => {
      read('auto');
      beatsAfter(5000, 5000);
      expect(machine.timers).toBe(0);
      machine.pass(5000);
      event();
      expect(machine.timers).toBe(0);
      beatsAfter(5000);
      expect(machine.timers).toBe(1);
    });

    it('doesn’t count a comment within a second of the previous chunk as a heartbeat', () => {
      read('auto');
      for (let round = 0; round < 20; round++) {
        machine.pass(20_000);
        event();
        beatsAfter(999, 500);
      }
      expect(machine.timers).toBe(0);
      for (let round = 0; round < 3; round++) {
        machine.pass(20_000);
        event();
        beatsAfter(1000);
      }
      expect(machine.timers).toBe(1);
    });

    it('waits for at least 10 s', () => {
      read('auto');
      beatsAfter(1000, 1000, 1000);
      machine.pass(9999);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toBe(`${silent(10_000, 10_000)}: http://host/s`);
    });

    it('counts every pause of the connection, also those before events and before it has learned a limit', () => {
      read('auto');
      machine.pass(40_000);
      event();
      beatsAfter(1000, 1000, 1000);
      machine.pass(119_999);
      expect(end()).toBeUndefined();
      event();
      machine.pass(3 * 119_999 - 1);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/359997 ms/);
    });

    it('ignores pauses in which nothing is read', () => {
      const { backpressure, hold, goOn } = holding();
      read('auto', backpressure);
      hold();
      event();
      machine.pass(HOUR);
      goOn();
      beatsAfter(5000, 5000, 5000);
      machine.pass(14_999);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/15000 ms/);
    });

    it('ignores pauses in which the machine slept, after it has learned a limit', () => {
      read('auto');
      beatsAfter(10_000, 10_000, 10_000);
      // The bytes are read before the timer fires.
      machine.frame += 8 * HOUR;
      heartbeat();
      machine.pass(0);
      machine.pass(29_999);
      expect(end()).toBeUndefined();
      machine.pass(1);
      expect(end()).toMatch(/30000 ms/);
    });
  });
});
