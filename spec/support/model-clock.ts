type Purpose = 'attempt' | 'silence' | 'wait';

/** The time and the timers of the model of a subscription. */
export class ModelClock {
  now = 0;
  private timers: { readonly at: number; readonly then: () => void; readonly of: Purpose }[] = [];

  get timerCount(): number {
    return this.timers.length;
  }

  /** The time until the next timer. */
  get untilTimer(): number {
    return Math.min(...this.timers.map(({ at }) => at)) - this.now;
  }

  set(of: Purpose, length: number, then: () => void): void {
    this.timers.push({ at: this.now + length, then, of });
  }

  /** Removes the timers of this purpose, or all. */
  clear(purpose?: Purpose): void {
    this.timers = this.timers.filter(({ of }) => purpose !== undefined && of !== purpose);
  }

  /** Advances to the time `to`. If it's late, due timers only run then. */
  advance(to: number, isLate: boolean): void {
    if (isLate) this.now = to;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at);
      if (!next) break;
      if (!isLate) this.now = next.at;
      this.timers = this.timers.filter(timer => timer !== next);
      next.then();
    }
    this.now = to;
  }
}
