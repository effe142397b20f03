import type { DrawnStep } from './diagram-step.js';

/** Chooses what is worth an interruption: that the connection is lost, that it is back, what may be missing, and the end. */
export class News {
  private isLost = false;

  /** Whether a step is. An outage of many attempts is said once. */
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
