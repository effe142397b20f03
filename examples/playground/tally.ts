import type { EventSourceLifecycle } from 'rx-sse';

/** The counters. */
export interface Counts {
  readonly received: number;
  /** Events that never came, without a word. */
  readonly lost: number;
  /** Events that came again. */
  readonly doubled: number;
  readonly gaps: number;
  /** Events that a gap has said are missing. */
  readonly missing: number;
  readonly reconnects: number;
}

/** Counts what a lifecycle with numbered events has brought. */
export class Tally {
  counts: Counts = { received: 0, lost: 0, doubled: 0, gaps: 0, missing: 0, reconnects: 0 };
  private last: number | undefined;
  private isToldOfGap = false;

  take(step: EventSourceLifecycle): void {
    const { counts } = this;
    if (step.kind === 'event') this.takeEvent(Number(step.event.data));
    if (step.kind === 'open' && step.downtime > 0) this.counts = { ...counts, reconnects: counts.reconnects + 1 };
    if (step.kind === 'gap') {
      this.isToldOfGap = true;
      this.counts = { ...counts, gaps: counts.gaps + 1 };
    }
  }

  private takeEvent(id: number): void {
    const { counts, isToldOfGap } = this;
    const hole = this.last === undefined ? 0 : id - this.last - 1;
    if (hole < 0) {
      this.counts = { ...counts, doubled: counts.doubled + 1 };
      return;
    }
    const { received, lost, missing } = counts;
    this.counts = {
      ...counts,
      received: received + 1,
      lost: lost + (isToldOfGap ? 0 : hole),
      missing: missing + (isToldOfGap ? hole : 0),
    };
    this.last = id;
    this.isToldOfGap = false;
  }
}
