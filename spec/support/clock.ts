import { VirtualTimeScheduler } from 'rxjs';

/**
 * A scheduler whose time only moves when a test advances it. It controls the waits of a policy next to real sockets.
 */
export class Clock extends VirtualTimeScheduler {
  /** Advances the time to `time`, in milliseconds, and runs all actions that are due by then. */
  advanceTo(time: number): void {
    this.maxFrames = time;
    // Schedules an action for the very end, so that the clock stops there.
    this.schedule(() => undefined, time - this.now());
    this.flush();
  }

  /** Advances the time until no action is left. */
  runOut(): void {
    this.maxFrames = Infinity;
    this.flush();
  }

  /** The number of pending timers. */
  get timers(): number {
    return this.actions.filter(action => !action.closed).length;
  }
}
