import { silent } from '#texts';
import type { SchedulerLike, Unsubscribable } from 'rxjs';
import { MAX_THROTTLING, MIN_SLEEP, type Moment, monotonic, platformTime, sleptFor } from '../clock.js';
import { MAX_WAIT } from '../life/backoff.js';
import { nextTask } from './next-task.js';

/** `'auto'` knows how often a server sends heartbeats once so many have come, … */
const HEARTBEATS = 3;
/** … each so many milliseconds or more after what came before: comments that come with events are none. */
const MIN_PAUSE = 1000;
/** The limit is so many times the longest pause, … */
const PAUSES = 3;
/** … and no less than this, in milliseconds. */
const MIN_LIMIT = 10_000;

/** What ends if it has been silent for too long. */
export interface Silenced {
  /** `text` says for how long. */
  silenced(text: string): void;
}

/**
 * Ends a connection that has been silent for too long: a read is pending, and no chunk comes. It has one timer, which looks when it fires for how long
 * the read has been pending: a chunk costs no more than to write down when that was.
 */
export class IdleWatch implements Unsubscribable {
  private readonly clock: () => number;
  /** Since when a read is pending; NaN if none is: as long as nobody asks for bytes, none are missed. (Always a number: then it costs no allocation.) */
  private askedAt = NaN;
  /** Whether the machine slept in this silence: it is forgiven once. */
  private forgiven = false;
  private heartbeats = 0;
  private longestPause = 0;
  private timer: Unsubscribable | undefined;
  /** When the timer was set, or looked last, … */
  private setAt!: Moment;
  /** … and when it is due, by the steady clock. */
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

  /** A read is pending from now on, if none was; `now` is the `platformTime`. */
  asked(now: number): void {
    if (!Number.isNaN(this.askedAt)) return;
    this.askedAt = this.toOwnTime(now);
    this.forgiven = false;
  }

  /** No read is pending: what was read is still being dealt with. */
  held(): void {
    this.askedAt = NaN;
  }

  /** The read has brought a chunk; a heartbeat is one that held nothing but comments. `now` is the `platformTime`. */
  came(now: number, isHeartbeat: boolean): void {
    const { askedAt } = this;
    this.held();
    if (this.idleTimeout === 'auto') this.learn(this.toOwnTime(now) - askedAt, isHeartbeat);
  }

  unsubscribe(): void {
    this.closed = true;
    this.timer?.unsubscribe();
  }

  /** The time of a chunk is read once, and serves for more than this. Only a test has another. */
  private toOwnTime(now: number): number {
    return this.clock === platformTime ? now : this.clock();
  }

  private learn(pause: number, isHeartbeat: boolean): void {
    // In a pause after which any timer would have fired, and this one did not, the machine slept.
    if (pause > this.longestPause && !(this.timer && pause > this.limit + MAX_THROTTLING)) this.longestPause = pause;
    if (isHeartbeat && pause >= MIN_PAUSE && ++this.heartbeats === HEARTBEATS) this.look();
  }

  private get limit(): number {
    const { idleTimeout, longestPause } = this;
    return idleTimeout === 'auto'
      ? Math.min(Math.max(MIN_LIMIT, Math.ceil(PAUSES * longestPause)), MAX_WAIT)
      : idleTimeout;
  }

  /** Looks whether the silence is too long, and sets the timer if it isn't. */
  private look(mayBeLate?: boolean): void {
    if (this.closed) return;
    const { scheduler, limit, dueAt } = this;
    const now = { steady: this.clock(), wall: scheduler.now() };
    // What came while the machine slept has its chance to be read.
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
      // If the timer had to wait for its turn, so may bytes have: they are read before the next task.
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
