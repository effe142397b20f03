import type { Reaction } from './life-options.js';

export interface Step {
  readonly kind: string;
  readonly [name: string]: unknown;
}

/** A position that is handed over with the delivered steps, but not emitted. */
export const MOVED = 'position';

/** The delivery of the model of a subscription: steps are queued in the order in which they were received. */
export class ModelDelivery {
  /** The delivered steps. */
  readonly steps: Step[] = [];
  result: 'live' | 'completed' | 'unsubscribed' | { readonly error: string } = 'live';
  /** Whether `deliver` holds everything back. */
  holding = false;
  armed: { readonly kind: string; readonly reaction: Reaction } | undefined;

  private queue: Step[] = [];
  private isHanding = false;
  private allowed = 0;
  /** The result once everything is delivered. */
  private ended: ModelDelivery['result'] | undefined;

  constructor(
    /** The delivered position. */
    public position: string,
    private readonly react: (reaction: Reaction) => void,
  ) {}

  /** Queues steps. */
  emit(...batch: Step[]): void {
    if (this.result !== 'live') return;
    this.queue.push(...batch);
    this.hand(this.holding ? 0 : Infinity);
  }

  /** Delivers at most `limit` steps. */
  hand(limit: number): void {
    this.allowed = Math.max(this.allowed, limit);
    // Steps that are emitted within `next` follow after it.
    if (this.isHanding) return;
    this.isHanding = true;
    for (let step; this.result === 'live' && (step = this.queue[0]);) {
      if (step.kind !== MOVED && this.allowed-- <= 0) break;
      this.queue.shift();
      if (step.kind === MOVED || step.kind === 'event') this.position = step['lastEventId'] as string;
      if (step.kind === MOVED) continue;
      this.steps.push(step);
      this.reactIn(step.kind);
    }
    this.isHanding = false;
    this.allowed = 0;
    const { ended } = this;
    if (ended && this.result === 'live') this.result = ended;
  }

  /** Runs the armed reaction within the `next` of a step or within a function of the application. */
  reactIn(kind: string): void {
    const { armed } = this;
    if (armed?.kind !== kind) return;
    this.armed = undefined;
    this.react(armed.reaction);
  }

  /** Delivers the rest, and ends with this result. */
  end(result: 'completed' | { readonly error: string }): void {
    this.ended = result;
    this.hand(Infinity);
  }

  unsubscribe(): void {
    this.result = 'unsubscribed';
    this.queue = [];
  }
}
