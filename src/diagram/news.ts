import type { DrawnStep } from './diagram-step.js';

/** Chooses the steps that screen readers announce: a lost connection, a reconnect, a gap, and the end. */
export class News {
  private isLost = false;

  /** Whether a step is announced. An outage of several attempts is announced once. */
  includes({ kind }: DrawnStep): boolean {
    const wasLost = this.isLost;
    switch (kind) {
      case 'waiting':
        this.isLost = true;
        return !wasLost;
      case 'open':
        this.isLost = false;
        return wasLost;
      case 'closed':
      case 'failed':
        this.isLost = false;
        return true;
      default:
        return kind === 'gap';
    }
  }
}
