// All in milliseconds.
/** A leader that hasn't been heard for so long is asked whether it is there; a tab that is visible asks in any case. */
const PING_AFTER = 10_000;
/** And is given so long to answer: then it is frozen, and another takes over. */
export const ANSWER_WITHIN = 5000;
/** A timer that is later than this may have been asleep itself: once, what was posted meanwhile is read first. */
const LATE = 1000;

/** Whether the leader is there: it is heard, or answers when it is asked. */
export class LeaderWatch {
  /** When it was asked last. */
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

  /** When `look` should be called. */
  dueAt(isVisible: boolean): number {
    if (this.isWaiting) return this.askedAt + ANSWER_WITHIN;
    return PING_AFTER + (isVisible ? Math.min(this.askedAt, this.heardAt) : this.heardAt);
  }

  /** What follows when it is due: the leader is asked, or gone. */
  look(isVisible: boolean): 'ask' | 'gone' {
    const late = this.clock() - this.dueAt(isVisible);
    const isForgiven = !this.isWaiting || (late > LATE && !this.wasLate);
    this.wasLate = this.isWaiting && isForgiven;
    return isForgiven ? 'ask' : 'gone';
  }
}
