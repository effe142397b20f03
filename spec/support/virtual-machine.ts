import { jest } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';

/** What the wall's clock shows at first: 2026. */
const START = 1_767_225_600_000;

const MINUTE = 60_000;

/**
 * A machine whose time passes when it is told. It is a scheduler on the wall's time, as `asyncScheduler` is, and as long as it is not switched off, it is
 * behind `Date.now()` and `performance.now()` as well. It sleeps, is busy, throttles its timers, and its clock is set.
 */
export class VirtualMachine extends VirtualTimeScheduler {
  /** What the wall's clock shows beyond the time that the machine was awake. */
  private ahead = START;
  /** How many timers have fired. */
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

  /** Time passes, and timers fire on time. */
  pass(time: number): void {
    const end = this.frame + time;
    this.fire(end);
    this.frame = end;
  }

  /** Time passes in which no timer fires. Those that are due do so then: the machine was busy, or the page was frozen. */
  block(time: number): void {
    this.frame += time;
    this.fire(this.frame);
  }

  /** Time passes as in a tab that has been hidden for long: timers fire once a minute. */
  throttle(time: number): void {
    const end = this.frame + time;
    for (let next; (next = (Math.floor(this.frame / MINUTE) + 1) * MINUTE) <= end;) {
      this.frame = next;
      this.fire(next);
    }
    this.frame = end;
  }

  /** It sleeps. On some platforms the steady clock goes on; on most it stands still, and so do the timers. */
  sleep(time: number, clock: 'stands still' | 'goes on'): void {
    if (clock === 'goes on') this.block(time);
    else this.ahead += time;
  }

  /** The wall's clock is set. */
  setClock(by: number): void {
    this.ahead += by;
  }

  /** It is no longer behind the clocks of the platform. */
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
