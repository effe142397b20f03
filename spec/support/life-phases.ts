import type { Decision, LifeOptions, Reaction } from './life-options.js';
import { ModelClock } from './model-clock.js';
import { ModelDelivery, MOVED } from './model-delivery.js';
import { modelPolicy } from './model-policy.js';
import { ModelPosition } from './model-position.js';

/** The description of an attempt that the application receives. */
interface Told {
  readonly count: number;
  readonly lastEventId: string;
  readonly error?: unknown;
}

interface Failure {
  /** The compared part of the error: its name and its status. */
  readonly error: string;
  readonly retryable: boolean;
  readonly status?: number;
  readonly retryAfter?: number;
}

const REFUSALS = [409, 410, 412];

/** The phases of the model of a subscription, and what follows from one to the next. */
export abstract class LifePhases {
  readonly clock = new ModelClock();
  readonly delivery: ModelDelivery;
  readonly position: ModelPosition;
  readonly requests: { readonly method: string; readonly url: string; readonly lastEventId: string }[] = [];
  /** The arguments that the functions among the options received. */
  readonly told: unknown[] = [];
  mode:
    | 'new'
    | 'paused'
    | 'preparing'
    | 'requested'
    | 'validating'
    | 'open'
    | 'deciding'
    | 'waiting'
    /** Everything has been received. */
    | 'over' = 'new';
  /** The function whose return value it waits for. */
  asks: 'slow' | 'when' | 'delay' | undefined;

  protected readonly policy: ReturnType<typeof modelPolicy>;
  protected failures = 0;
  protected error: string | undefined;
  /** The `Last-Event-ID` of the response. */
  protected header: string | null = null;
  /** Whether a renewal waits for the decision of `when`. */
  protected renewed = false;
  /** The delay of the first attempt after a failure. */
  protected delay: number;
  /** The shortest wait. */
  protected floor = 0;
  /** Increases whenever the current activity ends. */
  private turn = 0;
  private isStarting = false;
  private due = 0;
  private attempt: Told = { count: 0, lastEventId: '' };
  private openedAt = 0;
  private lostAt: number | undefined;
  private startedOver = false;
  private asking: { readonly failure: Failure; readonly isEnd: boolean } | undefined;

  constructor(protected readonly options: LifeOptions) {
    this.policy = modelPolicy(options);
    this.position = new ModelPosition(options);
    this.delivery = new ModelDelivery(options.lastEventId, reaction => this.react(reaction));
    this.delay = this.policy.delay;
  }

  abstract react(reaction: Reaction): void;

  /** Starts an attempt. If the `next` of an attempt that is just starting requests it, it starts after that one. */
  protected connect(): void {
    this.end();
    this.mode = 'preparing';
    this.due++;
    if (this.isStarting) return;
    this.isStarting = true;
    while (this.due > 0) this.start();
    this.isStarting = false;
  }

  private start(): void {
    const { turn } = this;
    const { connectTimeout } = this.options;
    this.due = 0;
    this.attempt = this.describe();
    this.position.sent = '';
    if (connectTimeout > 0) {
      this.clock.set('attempt', connectTimeout, () => this.fail({ error: 'EventSourceTimeoutError', retryable: true }));
    }
    const { count, lastEventId } = this.attempt;
    this.delivery.emit({ kind: 'connecting', attempt: count, lastEventId });
    if (this.turn !== turn) return;
    this.told.push(['headers', this.attempt]);
    if (this.reactsIn('headers')) return;
    if (this.options.slow === 'headers') this.asks = 'slow';
    else this.askResume();
  }

  protected askResume(): void {
    const { resume, slow } = this.options;
    if (resume === 'function' && this.position.received !== '') {
      this.told.push(['resume', this.attempt]);
      if (this.reactsIn('resume')) return;
      if (slow === 'resume') {
        this.asks = 'slow';
        return;
      }
    }
    this.askPrepare();
  }

  protected askPrepare(): void {
    const { slow } = this.options;
    if (slow === 'prepare') this.asks = 'slow';
    else this.request();
  }

  protected request(): void {
    this.requests.push(this.position.request());
    this.mode = 'requested';
  }

  protected opened(): void {
    this.mode = 'open';
    this.openedAt = this.clock.now;
    this.error = undefined;
    this.startedOver = false;
    this.clock.clear();
    const { header, lostAt, position } = this;
    const url = this.requests.at(-1)?.url;
    const downtime = lostAt === undefined ? 0 : this.clock.now - lostAt;
    const open = { kind: 'open', url, status: 200, resumedFrom: position.sent, downtime };
    this.watchSilence();
    this.delivery.emit(open, ...position.gaps(header));
  }

  protected watchSilence(): void {
    const { idleTimeout } = this.options;
    this.clock.clear('silence');
    if (idleTimeout === 0) return;
    this.clock.set('silence', idleTimeout, () => this.fail({ error: 'EventSourceTimeoutError', retryable: true }));
  }

  protected fail(failure: Failure): void {
    const { count } = this.policy;
    const { position } = this;
    const { method, reconnect, resume } = this.options;
    const isRepeatable = method === 'GET' || (reconnect !== undefined && resume === 'none');
    this.leave();
    this.error = failure.error;
    // The server rejects the position: one attempt without it, at once.
    const isRefusal = failure.status !== undefined && REFUSALS.includes(failure.status);
    if (isRefusal && position.sent !== '' && isRepeatable && !this.startedOver && count > 0) {
      this.startedOver = true;
      position.refuse();
      this.delivery.emit({ kind: MOVED, lastEventId: '' });
      this.connect();
    } else if (this.failures >= count) this.fatal(failure.error);
    // A POST that hasn't received anything isn't sent a second time.
    else this.ask({ ...failure, retryable: failure.retryable && (isRepeatable || position.received !== '') }, false);
  }

  protected ask(failure: Failure, isEnd: boolean): void {
    const { when } = this.policy;
    const count = this.failures++;
    this.mode = 'deciding';
    this.asking = { failure, isEnd };
    this.renewed = false;
    if (when !== 'default') {
      this.told.push(['when', failure.error, { ...this.attempt, count }]);
      if (this.reactsIn('when')) return;
    }
    if (when === 'default') this.decided(undefined);
    else if (when !== 'later') this.decided(when.says);
    else {
      this.asks = 'when';
      this.emitWaiting(undefined);
    }
  }

  protected decided(decision: Decision): void {
    if (!this.asking) throw new Error('Expected something to decide');
    const { failure, isEnd } = this.asking;
    const says = decision ?? failure.retryable;
    if (says === false) {
      if (isEnd) this.close('end');
      else this.fatal(failure.error);
    } else if (this.renewed) this.connect();
    else this.wait(says, failure);
  }

  private wait(says: number | true, { retryAfter = 0 }: Failure): void {
    this.end();
    const { turn } = this;
    this.mode = 'waiting';
    if (says === true && this.policy.waits === 'later') {
      this.told.push(['delay', this.describe()]);
      if (this.reactsIn('delay')) return;
      this.asks = 'delay';
      this.emitWaiting(undefined);
      return;
    }
    const grown = Math.min(this.delay * 2 ** (this.failures - 1), this.policy.maxDelay);
    const length = says === true ? Math.max(grown, this.floor, retryAfter) : Math.max(says, retryAfter);
    this.emitWaiting(length);
    if (this.turn === turn) this.clock.set('wait', length, () => this.connect());
  }

  private emitWaiting(delay: number | undefined): void {
    const { error } = this;
    this.delivery.emit({
      kind: 'waiting',
      delay,
      attempt: this.failures,
      ...(error !== undefined && { error }),
    });
  }

  /**
   * Runs the reaction within a function of the application. Returns whether that ended the activity of the function.
   */
  private reactsIn(kind: string): boolean {
    const { turn } = this;
    this.delivery.reactIn(kind);
    return this.turn !== turn;
  }

  private describe(): Told {
    const { failures: count, error } = this;
    return { count, lastEventId: this.position.received, ...(error !== undefined && { error }) };
  }

  /** Ends the current activity. A connection that was open long enough counts as a success. */
  protected leave(): void {
    if (this.mode === 'open') {
      if (this.clock.now - this.openedAt >= this.policy.maxDelay) this.failures = 0;
      this.lostAt = this.clock.now;
    }
    this.end();
  }

  private end(): void {
    this.turn++;
    this.clock.clear();
    this.asks = undefined;
    this.due = 0;
  }

  protected stop(): void {
    this.end();
    this.mode = 'over';
  }

  protected close(reason: string): void {
    this.stop();
    this.delivery.emit({ kind: 'closed', reason });
    this.delivery.end('completed');
  }

  protected fatal(error: string): void {
    this.stop();
    this.delivery.end({ error });
  }
}
