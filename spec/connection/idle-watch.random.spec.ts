import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { readBody } from '../../src/connection/read-body.js';
import { EventSourceTimeoutError } from '../../src/index.js';
import { FakeBody } from '../../src/testing/fake-body.js';
import { observe } from '../support/observe.js';
import { Random } from '../support/random.js';
import { VirtualMachine } from '../support/virtual-machine.js';

const RUNS = 300;
const STEPS = 60;
/** Longer than any throttling: a timer that is this late was set before a sleep. */
const LATE = 120_000;
/** The shortest sleep that matters. */
const SLEEP = 5000;

/** The weights of the first steps, from which the limit can be learned. */
const LIVELY = {
  heartbeat: 10,
  event: 2,
  late: 1,
  pass: 4,
  block: 1,
  throttle: 0,
  set: 1,
  freeze: 0,
  sleep: 0,
  hold: 1,
};
/** The weights of the later steps: silence in which much happens. */
const QUIET = { heartbeat: 1, event: 1, late: 2, pass: 8, block: 2, throttle: 1, set: 1, freeze: 1, sleep: 2, hold: 1 };

interface Chunk {
  readonly pause: number;
  readonly isHeartbeat: boolean;
  /** Whether something like a sleep happened in the pause, or shortly before it. */
  readonly slept: boolean;
}

/**
 * Determines the expected status from the whole history, without a timer: the stream is live while the silence is shorter than the limit, or while a
 * sleep extends it, and it has failed after timers have run later than that. In a silence with a sleep, there is a span in which both are right.
 */
class Model {
  readonly chunks: Chunk[] = [];
  /** The times when the machine woke up. */
  readonly sleeps: number[] = [];
  /** The times when it woke up after a sleep in which the steady clock continued. */
  readonly freezes: number[] = [];
  /** The times when its clock was set back, which hides that it went forward. */
  readonly setBacks: number[] = [];
  /** The time since when a read is pending. */
  asked: number | undefined = 0;
  /** The earliest time when timers that end this silence could fire. */
  private looked: number | undefined;

  constructor(private readonly idleTimeout: number | 'auto') {}

  chunk(now: number, isHeartbeat: boolean, isHeldBack: boolean): void {
    if (this.asked !== undefined) {
      const { asked } = this;
      this.chunks.push({ pause: now - asked, isHeartbeat, slept: this.mayHaveSleptSince(asked) });
    }
    this.ask(isHeldBack ? undefined : now);
  }

  ask(now: number | undefined): void {
    this.asked = now;
    this.looked = undefined;
  }

  /** Returns the limit, with or without pauses that contain a sleep. How much of such a pause counts depends on when timers fire. */
  limit(withSleeps: boolean): number {
    if (this.idleTimeout !== 'auto') return this.idleTimeout;
    const heartbeats = this.chunks.filter(({ pause, isHeartbeat }) => isHeartbeat && pause >= 1000);
    // A heartbeat after a forgiven pause may have arrived too soon to count.
    const sure = heartbeats.filter(({ slept }) => !slept);
    if (withSleeps ? sure.length < 3 : heartbeats.length < 3) return Infinity;
    const pauses = this.chunks.filter(({ slept }) => withSleeps || !slept).map(({ pause }) => pause);
    return Math.max(10_000, 3 * Math.max(...pauses));
  }

  private mayHaveSleptSince(time: number): boolean {
    // A timer that fires looks back to the time when it was set.
    return this.sleepsSince(time - this.limit(true) - 2 * LATE).length > 0;
  }

  /** Returns whether throttling alone can explain how late a timer that was due then is. */
  private isThrottling(sleep: number, due: number): boolean {
    return this.freezes.includes(sleep) && sleep <= due + LATE;
  }

  private sleepsSince(time: number): number[] {
    return this.sleeps.filter(sleep => sleep >= time);
  }

  /** Returns the expected status after the time from `from` to `now`. Timers that were due fired on time, or only at the end. */
  judge(from: number, now: number, onTime: boolean): 'live' | 'failed' | 'either' {
    const { asked } = this;
    if (asked === undefined) return 'live';
    const [shortest, longest] = [this.limit(false), this.limit(true)];
    if (now - asked < shortest) return 'live';
    // One sleep is forgiven: the first one that other activity reveals, unless a timer that was set before the silence finds another one.
    const since = asked - longest - 2 * LATE;
    const [firstSleep = Infinity] = this.sleepsSince(since);
    const isTold = this.setBacks.every(time => time < since) && !this.isThrottling(firstSleep, asked + longest);
    if (
      isTold &&
      firstSleep > asked &&
      (this.freezes.includes(firstSleep) || firstSleep < asked + shortest) &&
      now < firstSleep + shortest
    )
      return 'live';
    if (now - asked < longest) return 'either';
    this.looked ??= onTime ? Math.max(from, asked + longest) : now;
    if (!this.mayHaveSleptSince(asked)) return 'failed';
    return now >= this.looked + longest ? 'failed' : 'either';
  }
}

it.each(Array.from({ length: RUNS }, (_, run) => run + 1))(
  'idleTimeout matches a simple model in any sequence of steps (seed %d)',
  async seed => {
    const random = new Random(seed);
    const machine = new VirtualMachine();
    try {
      const idleTimeout = random.chance(0.5) ? 'auto' : random.between(6000, 60_000);
      const body = new FakeBody();
      const backpressure: { pending: Promise<unknown> | undefined } = { pending: undefined };
      let goOn = () => undefined as unknown;
      const held = { then: (call: () => unknown) => (goOn = call) } as unknown as Promise<unknown>;
      const response = { status: 200, url: '', headers: new Headers(), body };
      const chunks = { read: ([first]: Uint8Array | string) => first === 1 };
      const stream = observe(readBody(response, '/', chunks, { scheduler: machine, idleTimeout }, backpressure));
      const model = new Model(idleTimeout);
      const isLive = () => stream.status === 'live';
      const seen: string[] = [];
      const mistakes: string[] = [];

      for (let step = 0; step < STEPS && isLive(); step++) {
        const from = machine.frame;
        let onTime = true;
        const kind = random.weighted(step < 15 ? LIVELY : QUIET);
        const time = random.between(1, random.pick([1500, 15_000, 40_000]));
        switch (kind) {
          case 'heartbeat':
          case 'event': {
            // Most arrive some time after the previous chunk.
            if (random.chance(0.7)) machine.pass(random.between(1, 12_000));
            const isHeartbeat = kind === 'heartbeat';
            if (isLive() && backpressure.pending === undefined) {
              if (model.judge(from, machine.frame, true) === 'failed') mistakes.push(`live at ${machine.frame}`);
              model.chunk(machine.frame, isHeartbeat, false);
              body.push(Uint8Array.of(isHeartbeat ? 1 : 0));
            }
            break;
          }
          case 'pass':
            machine.pass(time);
            break;
          case 'block':
            onTime = false;
            machine.block(time);
            break;
          case 'late': {
            // While the event loop is blocked, bytes wait. Timers run before them.
            machine.block(time);
            if (backpressure.pending === undefined) {
              model.chunk(machine.frame, false, false);
              body.push(Uint8Array.of(0));
            }
            break;
          }
          case 'throttle':
            onTime = false;
            machine.throttle(time);
            machine.block(0);
            break;
          case 'set': {
            const by = random.pick([-3_600_000, -2_592_000_000, -100, 100, 3_600_000]);
            if (by < 0) model.setBacks.push(machine.frame);
            if (by >= SLEEP) model.sleeps.push(machine.frame);
            machine.setClock(by);
            break;
          }
          case 'freeze':
            onTime = false;
            machine.sleep(random.between(LATE / 2, 10 * LATE), 'goes on');
            model.freezes.push(machine.frame);
            model.sleeps.push(machine.frame);
            break;
          case 'sleep':
            machine.sleep(random.between(SLEEP, 36_000_000), 'stands still');
            model.sleeps.push(machine.frame);
            break;
          case 'hold':
            if (backpressure.pending) {
              backpressure.pending = undefined;
              goOn();
              model.ask(machine.frame);
            } else {
              backpressure.pending = held;
              model.chunk(machine.frame, false, true);
              body.push(Uint8Array.of(0));
            }
        }
        await turn();
        seen.push(`${kind} → ${machine.frame}`);
        const expected = model.judge(from, machine.frame, onTime);
        if (expected !== 'either' && stream.status !== expected) {
          mistakes.push(`${stream.status}, and not ${expected}, after ${seen.join()}`);
        }
      }
      expect(mistakes).toEqual([]);
      expect([undefined, EventSourceTimeoutError]).toContain((stream.error as Error | undefined)?.constructor);
      stream.subscription.unsubscribe();
      expect(machine.timers).toBe(0);
    } finally {
      machine.switchOff();
    }
  },
);
