import { jest } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';

/** The initial time of the wall clock: 2026. */
const START = 1_767_225_600_000;

const MINUTE = 60_000;

/**
 * A machine whose time passes on demand. It is a scheduler on the wall clock, like `asyncScheduler`. Until it is switched off, it also controls
 * `Date.now()` and `performance.now()`. It can sleep, be busy, throttle its timers, and have its clock set.
 */
export class VirtualMachine extends VirtualTimeScheduler {
  /** The difference between the wall clock and the time that the machine was awake. */
  private ahead = START;
  /** The number of timers that have fired. */
  fired = 0;
  private readonly spies = [
    jest.spyOn(performance, 'now').mockImplementation(() => this.frame),
    jest.spyOn(Date, 'now').mockImplementation(() => this.now()),
  ];

  constructor() {
    super();
    this.now = () => this.frame + this.ahead;
  }

  /** The number of timers that are set. */
  get timers(): number {
    return this.actions.filter(action => !action.closed).length;
  }

  /** Lets time pass, and fires timers on time. */
  pass(time: number): void {
    const end = this.frame + time;
    this.fire(end);
    this.frame = end;
  }

  /** Lets time pass without firing timers, as when the machine is busy or the page is frozen. Due timers fire at the end. */
  block(time: number): void {
    this.frame += time;
    this.fire(this.frame);
  }

  /** Lets time pass as in a tab that has been hidden for a long time: timers fire once a minute. */
  throttle(time: number): void {
    const end = this.frame + time;
    for (let next; (next = (Math.floor(this.frame / MINUTE) + 1) * MINUTE) <= end;) {
      this.frame = next;
      this.fire(next);
    }
    this.frame = end;
  }

  /** Sleeps. On some platforms the monotonic clock continues; on most it stops, and so do the timers. */
  sleep(time: number, clock: 'stands still' | 'goes on'): void {
    if (clock === 'goes on') this.block(time);
    else this.ahead += time;
  }

  /** Moves the wall clock. */
  setClock(by: number): void {
    this.ahead += by;
  }

  /** Restores the clocks of the platform. */
  switchOff(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private fire(until: number): void {
    const { actions } = this;
    for (let action; (action = actions[0]) && action.delay <= until;) {
      actions.shift();
      this.frame = Math.max(this.frame, action.delay);
      this.fired++;
      const error: unknown = action.execute(action.state, action.delay);
      if (error) throw error as Error;
    }
  }
}
