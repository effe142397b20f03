// All times are in milliseconds.
/** After this much silence, the leader gets a ping. A visible tab sends pings at least this often. */
const PING_AFTER = 10_000;
/** The leader must answer within this time. Otherwise it's frozen, and another tab takes over. */
export const ANSWER_WITHIN = 5000;
/**
 * A timer that is later than this may have been delayed by sleep. Messages that arrived meanwhile are read first, once.
 */
const LATE = 1000;

/** Watches whether the leader is alive: it sends messages, or answers pings. */
export class LeaderWatch {
  /** When the last ping was sent. */
  askedAt = 0;
  private heardAt: number;
  private isWaiting = false;
  private wasLate = false;

  constructor(private readonly clock: () => number) {
    this.heardAt = clock();
  }

  hear(): void {
    this.heardAt = this.clock();
    this.isWaiting = this.wasLate = false;
  }

  ask(): void {
    this.askedAt = this.clock();
    this.isWaiting = true;
  }

  /** Returns when to call `look`. */
  dueAt(isVisible: boolean): number {
    if (this.isWaiting) return this.askedAt + ANSWER_WITHIN;
    return PING_AFTER + (isVisible ? Math.min(this.askedAt, this.heardAt) : this.heardAt);
  }

  /** Decides what to do when it's due: ping the leader, or replace it. */
  look(isVisible: boolean): 'ask' | 'gone' {
    const late = this.clock() - this.dueAt(isVisible);
    const isForgiven = !this.isWaiting || (late > LATE && !this.wasLate);
    this.wasLate = this.isWaiting && isForgiven;
    return isForgiven ? 'ask' : 'gone';
  }
}
