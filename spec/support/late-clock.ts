import { Clock } from './clock.js';

/** A clock whose timers can be late, as on a machine that was busy or asleep. */
export class LateClock extends Clock {
  /** Jumps to `time` at once. Actions that were due meanwhile only run now, in order. */
  jumpTo(time: number): void {
    this.frame = time;
    for (let action; (action = this.actions[0]) && action.delay <= time;) {
      this.actions.shift();
      action.execute(action.state, action.delay);
    }
  }
}
