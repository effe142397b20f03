import { silent } from '#texts';
import type { SchedulerLike, Unsubscribable } from 'rxjs';
import { MAX_THROTTLING, MIN_SLEEP, type Moment, monotonic, platformTime, sleptFor } from '../clock.js';
import { MAX_WAIT } from '../life/backoff.js';
import { nextTask } from './next-task.js';

/** After this many heartbeats, `'auto'` knows how often they come. */
const HEARTBEATS = 3;
/**
 * A comment counts as a heartbeat after a pause of at least this many milliseconds. Comments that come with events
 * don't count.
 */
const MIN_PAUSE = 1000;
/** The limit is this many times the longest pause. */
const PAUSES = 3;
/** The smallest limit, in milliseconds. */
const MIN_LIMIT = 10_000;

/** Ends after a long silence. */
export interface Silenced {
  /** Called with the message of the error. */
  silenced(text: string): void;
}

/**
 * Ends a connection that is silent for too long, that is, if a read is pending and no chunk arrives. There is only one
 * timer. When it fires, it checks how long the read has been pending. So a chunk costs no more than a timestamp.
 */
export class IdleWatch implements Unsubscribable {
  private readonly clock: () => number;
  /**
   * When the pending read started, or `NaN` if there is none: without a read, no bytes are expected. (Always a number,
   * to avoid allocations.)
   */
  private askedAt = NaN;
  /** Whether the machine slept during this silence. This is forgiven once. */
  private forgiven = false;
  private heartbeats = 0;
  private longestPause = 0;
  private timer: Unsubscribable | undefined;
  /** When the timer was set or last fired. */
  private setAt!: Moment;
  /** When the timer is due, by the monotonic clock. */
  private dueAt = 0;
  private closed = false;

  /** @param idleTimeout the limit in milliseconds, or `'auto'` to learn it */
  constructor(
    private readonly idleTimeout: number | 'auto',
    private readonly scheduler: SchedulerLike,
    private readonly reading: Silenced,
  ) {
    this.clock = monotonic(scheduler);
    if (idleTimeout !== 'auto') this.look();
  }

  /** Marks the start of a read, if none is pending. `now` is the `platformTime`. */
  asked(now: number): void {
    if (!Number.isNaN(this.askedAt)) return;
    this.askedAt = this.toOwnTime(now);
    this.forgiven = false;
  }

  /** No read is pending: the last chunk is still being processed. */
  held(): void {
    this.askedAt = NaN;
  }

  /** Marks the end of a read with a chunk. A heartbeat contains only comments. `now` is the `platformTime`. */
  came(now: number, isHeartbeat: boolean): void {
    const { askedAt } = this;
    this.held();
    if (this.idleTimeout === 'auto') this.learn(this.toOwnTime(now) - askedAt, isHeartbeat);
  }

  unsubscribe(): void {
    this.closed = true;
    this.timer?.unsubscribe();
  }

  /** The time is read once per chunk and shared. Only tests use another clock. */
  private toOwnTime(now: number): number {
    return this.clock === platformTime ? now : this.clock();
  }

  private learn(pause: number, isHeartbeat: boolean): void {
    // If a timer was set for this pause but didn't fire, the machine slept.
    if (pause > this.longestPause && !(this.timer && pause > this.limit + MAX_THROTTLING)) this.longestPause = pause;
    if (isHeartbeat && pause >= MIN_PAUSE && ++this.heartbeats === HEARTBEATS) this.look();
  }

  private get limit(): number {
    const { idleTimeout, longestPause } = this;
    return idleTimeout === 'auto'
      ? Math.min(Math.max(MIN_LIMIT, Math.ceil(PAUSES * longestPause)), MAX_WAIT)
      : idleTimeout;
  }

  /** Checks for silence, and sets the timer again if it isn't too long yet. */
  private look(mayBeLate?: boolean): void {
    if (this.closed) return;
    const { scheduler, limit, dueAt } = this;
    const now = { steady: this.clock(), wall: scheduler.now() };
    // Gives chunks that arrived during sleep a chance to be read.
    if (this.hasSlept(now) && !this.forgiven) {
      this.forgiven = true;
      this.askedAt = Math.max(this.askedAt, now.steady);
    }
    this.setAt = now;
    const left = limit - (now.steady - this.askedAt || 0);
    if (left > 0) {
      this.dueAt = now.steady + left;
      this.timer = scheduler.schedule(() => this.look(true), Math.ceil(left));
    } else if (mayBeLate && now.steady > dueAt) {
      // If the timer fired late, bytes may be late too. They are read before the next task.
      nextTask(() => this.look());
    } else {
      this.reading.silenced(silent(limit, this.idleTimeout === 'auto' ? MIN_LIMIT : undefined));
    }
  }

  private hasSlept(now: Moment): boolean {
    const { timer, setAt, dueAt } = this;
    return timer !== undefined && sleptFor(setAt, now, dueAt - setAt.steady) >= MIN_SLEEP;
  }
}
