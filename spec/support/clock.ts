import { VirtualTimeScheduler } from 'rxjs';

/** A scheduler whose time stands still until it is told: for the waits of a policy beside real sockets. */
export class Clock extends VirtualTimeScheduler {
  /** Lets the time pass until `time`, in milliseconds, with all that is due by then. */
  advanceTo(time: number): void {
    this.maxFrames = time;
    // Something is due at the very end, so that the clock stands there afterwards.
    this.schedule(() => undefined, time - this.now());
    this.flush();
  }

  /** Lets the time pass until nothing is due any more. */
  runOut(): void {
    this.maxFrames = Infinity;
    this.flush();
  }

  /** The number of timers that are set. */
  get timers(): number {
    return this.actions.filter(action => !action.closed).length;
  }
}
