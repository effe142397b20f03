import { Clock } from './clock.js';

/** A clock whose timers can be late, as those of a machine that was busy or slept. */
export class LateClock extends Clock {
  /** It is `time` at once, and what was due meanwhile comes only now, in its order. */
  jumpTo(time: number): void {
    this.frame = time;
    for (let action; (action = this.actions[0]) && action.delay <= time;) {
      this.actions.shift();
      action.execute(action.state, action.delay);
    }
  }
}
