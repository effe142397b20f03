import type { Entry } from './numbered-log.js';

/** The decisions of a policy that the scripts try. */
export type Decision = boolean | number | undefined;

/** The settings of a script's stream. */
export interface LifeOptions {
  readonly method: 'GET' | 'POST';
  readonly resume: 'none' | 'url' | 'function';
  readonly reconnect:
    | undefined
    | false
    | {
        readonly count?: number | undefined;
        readonly onEnd?: boolean | undefined;
        readonly when: { readonly says: Decision } | 'later' | 'default';
        /** `number`: 1000, doubled after each failure, up to 4000. `later`: until the script ends the wait. */
        readonly delay: 'number' | 'later';
      };
  readonly lastEventId: '' | '3';
  readonly hasStore: boolean;
  readonly connectWhile: 'none' | 'silent' | 'true';
  readonly hasRenew: boolean;
  /** The function that only returns when the script says so. */
  readonly slow: 'none' | 'headers' | 'prepare' | 'resume' | 'validate';
  readonly positionInData: boolean;
  readonly hasIsGap: boolean;
  readonly hasIsLast: boolean;
  readonly connectTimeout: 0 | 5000;
  readonly idleTimeout: 0 | 20_000;
  /** Whether `prepare` removes the position. */
  readonly drops: boolean;
  /** Whether the reaction within the `next` of a step happens before the step is passed on, as in a `tap`. */
  readonly actsFirst: boolean;
}

/** The possible reactions within `next`. */
export type Reaction = 'pause' | 'run' | 'pause, run' | 'renew' | 'renew, pause' | 'unsubscribe';

export interface Step {
  readonly kind: string;
  readonly [name: string]: unknown;
}

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

/** A position that is handed over with the delivered steps, but not emitted. */
const MOVED = 'position';

/**
 * A model of a subscription: the steps that it must emit, and the requests that its server must receive, after each
 * thing that happens. It follows the documentation of the options and the steps, one by one, with no Observable, no
 * timer and nothing from `src/`.
 */
export class LifeModel {
  /** The delivered steps. */
  readonly steps: Step[] = [];
  readonly requests: { readonly method: string; readonly url: string; readonly lastEventId: string }[] = [];
  /** The arguments that the functions among the options received. */
  readonly told: unknown[] = [];
  result: 'live' | 'completed' | 'unsubscribed' | { readonly error: string } = 'live';
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
  now = 0;
  /** Whether `deliver` holds everything back. */
  holding = false;
  /** The delivered position. */
  delivered: string;
  /** The number of the last log entry on the connection, or the one that the connection resumes after. */
  cursor = 0;
  armed: { readonly kind: string; readonly reaction: Reaction } | undefined;

  private received: string;
  private queue: Step[] = [];
  private failures = 0;
  private error: string | undefined;
  private timers: { readonly at: number; readonly then: () => void; readonly of: 'attempt' | 'silence' | 'wait' }[] =
    [];
  /** Increases whenever the current activity ends. */
  private turn = 0;
  private isStarting = false;
  private due = 0;
  private attempt: Told = { count: 0, lastEventId: '' };
  private sent = '';
  private sentHeader = '';
  private header: string | null = null;
  private openedAt = 0;
  private lostAt: number | undefined;
  private hasEvents = false;
  private refused: string | undefined;
  private startedOver = false;
  private asking: { readonly failure: Failure; readonly isEnd: boolean } | undefined;
  private renewed = false;
  private holds: boolean;
  private isHanding = false;
  private allowed = 0;
  /** The result once everything is delivered. */
  private ended: LifeModel['result'] | undefined;
  /** Whether `connectWhile` has completed. */
  isSettled = false;
  private delay: number;
  private floor = 0;

  constructor(private readonly options: LifeOptions) {
    this.received = this.delivered = options.lastEventId;
    this.delay = this.policy.delay;
    this.holds = options.connectWhile !== 'silent';
  }

  /** The policy, with the documented defaults. */
  private get policy() {
    const { reconnect, method, resume } = this.options;
    const isGet = method === 'GET';
    if (reconnect === false || (reconnect === undefined && !isGet && resume === 'none')) {
      return { count: 0, onEnd: false, delay: 0, maxDelay: 30_000, when: 'default', waits: 'number' } as const;
    }
    if (reconnect === undefined) {
      return {
        count: Infinity,
        onEnd: isGet,
        delay: 3000,
        maxDelay: 30_000,
        when: 'default',
        waits: 'number',
      } as const;
    }
    const { count = Infinity, onEnd = isGet, when, delay: waits } = reconnect;
    return { count, onEnd, delay: 1000, maxDelay: 4000, when, waits } as const;
  }

  get timerCount(): number {
    return this.timers.length;
  }

  /** The time until the next timer. */
  get untilTimer(): number {
    return Math.min(...this.timers.map(({ at }) => at)) - this.now;
  }

  /** The state of the client's connection, as the server sees it. */
  get connection(): 'requested' | 'open' | undefined {
    if (this.mode === 'validating') return 'open';
    return this.mode === 'requested' || this.mode === 'open' ? this.mode : undefined;
  }

  // Actions of the user.

  subscribe(): void {
    if (this.holds) this.connect();
    else this.pause();
  }

  react(reaction: Reaction): void {
    switch (reaction) {
      case 'pause':
        this.hold(false);
        break;
      case 'run':
        this.hold(true);
        break;
      case 'pause, run':
        this.hold(false);
        this.hold(true);
        break;
      case 'renew':
        this.renew();
        break;
      case 'renew, pause':
        this.renew();
        this.hold(false);
        break;
      case 'unsubscribe':
        this.stop();
        this.result = 'unsubscribed';
        this.queue = [];
    }
  }

  private hold(holds: boolean): void {
    if (this.options.connectWhile === 'none' || this.isSettled || this.mode === 'over') return;
    if (holds && this.mode === 'paused') this.connect();
    if (!holds && this.mode !== 'paused') this.pause();
  }

  private pause(): void {
    this.leave();
    this.mode = 'paused';
    this.emit({ kind: 'paused' });
  }

  /** `connectWhile` completes. An error of `connectWhile` or `renew` calls `spoil`. */
  settle(): void {
    this.isSettled = true;
    if (this.mode === 'paused') this.close('stopped');
  }

  spoil(error: string): void {
    this.fatal(error);
  }

  private renew(): void {
    if (!this.options.hasRenew) return;
    if (this.mode === 'deciding') this.renewed = true;
    else if (this.mode !== 'paused' && this.mode !== 'over') {
      this.leave();
      this.connect();
    }
  }

  wake(): void {
    if (this.mode === 'waiting') this.connect();
  }

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

  flush(limit: number): void {
    this.hand(limit);
  }

  // Return values of the application's functions.

  answerSlow(rejects: boolean): void {
    this.asks = undefined;
    const { slow } = this.options;
    if (slow === 'validate') {
      // An error of `validate`, sync or async, rejects the response for good.
      if (rejects) this.fail({ error: 'refused', retryable: false });
      else this.opened();
    } else if (rejects) this.fail({ error: 'rejected', retryable: true });
    else if (slow === 'headers') this.askResume();
    else if (slow === 'resume') this.askPrepare();
    else this.request();
  }

  answerWhen(decision: Decision): void {
    this.asks = undefined;
    this.decided(decision);
  }

  answerDelay(completes: boolean): void {
    this.asks = undefined;
    if (completes) this.close('stopped');
    else this.connect();
  }

  // Actions of the server.

  opens(header: string | null): void {
    this.header = header;
    if (this.options.slow === 'validate') {
      this.mode = 'validating';
      this.asks = 'slow';
    } else this.opened();
  }

  refuses(status: number, retryAfter: number | undefined): void {
    if (status === 204) {
      this.close('no-content');
      return;
    }
    const retryable = status === 503;
    this.fail({ error: `status ${status}`, retryable, status, ...(retryAfter !== undefined && { retryAfter }) });
  }

  fails(): void {
    this.fail({ error: 'ConnectionError', retryable: true });
  }

  cuts(): void {
    const { hasIsLast } = this.options;
    this.fail({ error: hasIsLast ? 'StreamTruncatedError' : 'ConnectionError', retryable: true });
  }

  ends(): void {
    if (this.options.hasIsLast) {
      this.fail({ error: 'StreamTruncatedError', retryable: true });
      return;
    }
    const { onEnd, count } = this.policy;
    this.leave();
    if (!onEnd) this.close('end');
    else if (this.failures >= count) this.close('exhausted');
    else {
      this.error = undefined;
      this.ask({ error: 'StreamEndedError', retryable: true }, true);
    }
  }

  sends(entries: readonly Entry[]): void {
    const { hasIsGap, hasIsLast } = this.options;
    const batch: Step[] = [];
    let isOver = false;
    for (const { what, n } of entries) {
      if (isOver) break;
      const id = what === 'bare' ? this.received : what === 'clear' ? '' : String(n);
      switch (what) {
        case 'comment':
          batch.push({ kind: 'comment', text: 'comment' });
          break;
        case 'retry 1500':
        case 'retry 6000': {
          // A `delay` function replaces the server's retry time.
          if (this.policy.waits === 'later') break;
          const milliseconds = Number(what.slice(6));
          this.delay = this.floor = milliseconds;
          batch.push({ kind: 'retry-time', milliseconds });
          break;
        }
        case 'move':
          this.received = id;
          batch.push({ kind: MOVED, lastEventId: id });
          break;
        default:
          if (what === 'gap' && hasIsGap) {
            batch.push({ kind: 'gap', requested: this.received, resumed: id === this.received ? '' : id });
          }
          this.received = id;
          this.hasEvents = true;
          this.failures = 0;
          batch.push({
            kind: 'event',
            type: what === 'event' ? 'message' : what,
            data: String(n),
            lastEventId: id,
          });
          isOver = what === 'last' && hasIsLast;
      }
      if (n > 0) this.cursor = n;
    }
    if (isOver) {
      // The last event has arrived: no matter what its `next` does, the stream ends.
      this.stop();
      this.emit(...batch);
      this.close('last');
      return;
    }
    this.watchSilence();
    this.emit(...batch);
  }

  // Consequences.

  /** Starts an attempt. If the `next` of an attempt that is just starting requests it, it starts after that one. */
  private connect(): void {
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
    this.sent = this.sentHeader = '';
    if (connectTimeout > 0) {
      this.timer('attempt', connectTimeout, () => this.fail({ error: 'EventSourceTimeoutError', retryable: true }));
    }
    const { count, lastEventId } = this.attempt;
    this.emit({ kind: 'connecting', attempt: count, lastEventId });
    if (this.turn !== turn) return;
    this.told.push(['headers', this.attempt]);
    if (this.reactsIn('headers')) return;
    if (this.options.slow === 'headers') this.asks = 'slow';
    else this.askResume();
  }

  private askResume(): void {
    const { resume, slow } = this.options;
    if (resume === 'function' && this.received !== '') {
      this.told.push(['resume', this.attempt]);
      if (this.reactsIn('resume')) return;
      if (slow === 'resume') {
        this.asks = 'slow';
        return;
      }
    }
    this.askPrepare();
  }

  private askPrepare(): void {
    const { slow } = this.options;
    if (slow === 'prepare') this.asks = 'slow';
    else this.request();
  }

  private request(): void {
    const { method, resume, drops } = this.options;
    const { received } = this;
    const how = received === '' ? 'none' : resume;
    this.sentHeader = drops || how === 'function' ? '' : received;
    this.sent = how === 'function' ? received : this.sentHeader;
    const url = how === 'none' ? '/stream' : how === 'url' ? '/rest' : `/rest?after=${received}`;
    this.requests.push({ method: how === 'none' ? method : 'GET', url, lastEventId: this.sentHeader });
    this.mode = 'requested';
  }

  private opened(): void {
    this.mode = 'open';
    this.openedAt = this.now;
    this.error = undefined;
    this.startedOver = false;
    this.timers = [];
    const { sent, header, refused, lostAt } = this;
    const url = this.requests.at(-1)?.url;
    const downtime = lostAt === undefined ? 0 : this.now - lostAt;
    const batch: Step[] = [{ kind: 'open', url, status: 200, resumedFrom: sent, downtime }];
    if (refused !== undefined) batch.push({ kind: 'gap', requested: refused, resumed: '' });
    else if (sent !== '') {
      if (header !== null && header !== sent) batch.push({ kind: 'gap', requested: sent, resumed: header });
    } else if (this.hasEvents) batch.push({ kind: 'gap', requested: this.received, resumed: '' });
    this.refused = undefined;
    this.watchSilence();
    this.emit(...batch);
  }

  private watchSilence(): void {
    const { idleTimeout } = this.options;
    this.timers = this.timers.filter(({ of }) => of !== 'silence');
    if (idleTimeout === 0) return;
    this.timer('silence', idleTimeout, () => this.fail({ error: 'EventSourceTimeoutError', retryable: true }));
  }

  private fail(failure: Failure): void {
    const { count } = this.policy;
    const { sent } = this;
    const { method, reconnect, resume } = this.options;
    const isRepeatable = method === 'GET' || (reconnect !== undefined && resume === 'none');
    this.leave();
    this.error = failure.error;
    // The server rejects the position: one attempt without it, at once.
    const isRefusal = failure.status !== undefined && REFUSALS.includes(failure.status);
    if (isRefusal && sent !== '' && isRepeatable && !this.startedOver && count > 0) {
      this.startedOver = true;
      this.refused = this.received;
      this.received = '';
      this.emit({ kind: MOVED, lastEventId: '' });
      this.connect();
    } else if (this.failures >= count) this.fatal(failure.error);
    // A POST that hasn't received anything isn't sent a second time.
    else this.ask({ ...failure, retryable: failure.retryable && (isRepeatable || this.received !== '') }, false);
  }

  private ask(failure: Failure, isEnd: boolean): void {
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

  private decided(decision: Decision): void {
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
    if (this.turn === turn) this.timer('wait', length, () => this.connect());
  }

  private emitWaiting(delay: number | undefined): void {
    const { error } = this;
    this.emit({ kind: 'waiting', delay, attempt: this.failures, ...(error !== undefined && { error }) });
  }

  /**
   * Runs the reaction within a function of the application. Returns whether that ended the activity of the function.
   */
  private reactsIn(kind: string): boolean {
    const { turn, armed } = this;
    if (armed?.kind !== kind) return false;
    this.armed = undefined;
    this.react(armed.reaction);
    return this.turn !== turn;
  }

  private describe(): Told {
    const { failures: count, received: lastEventId, error } = this;
    return { count, lastEventId, ...(error !== undefined && { error }) };
  }

  /** Ends the current activity. A connection that was open long enough counts as a success. */
  private leave(): void {
    if (this.mode === 'open') {
      if (this.now - this.openedAt >= this.policy.maxDelay) this.failures = 0;
      this.lostAt = this.now;
    }
    this.end();
  }

  private end(): void {
    this.turn++;
    this.timers = [];
    this.asks = undefined;
    this.due = 0;
  }

  private stop(): void {
    this.end();
    this.mode = 'over';
  }

  private close(reason: string): void {
    this.stop();
    this.emit({ kind: 'closed', reason });
    this.ended = 'completed';
    this.hand(Infinity);
  }

  private fatal(error: string): void {
    this.stop();
    this.ended = { error };
    this.hand(Infinity);
  }

  private timer(of: 'attempt' | 'silence' | 'wait', length: number, then: () => void): void {
    this.timers.push({ at: this.now + length, then, of });
  }

  /** Queues steps in the order in which they were received. */
  private emit(...batch: Step[]): void {
    if (this.result !== 'live') return;
    this.queue.push(...batch);
    this.hand(this.holding ? 0 : Infinity);
  }

  private hand(limit: number): void {
    this.allowed = Math.max(this.allowed, limit);
    // Steps that are emitted within `next` follow after it.
    if (this.isHanding) return;
    this.isHanding = true;
    for (let step; this.result === 'live' && (step = this.queue[0]);) {
      if (step.kind !== MOVED && this.allowed-- <= 0) break;
      this.queue.shift();
      if (step.kind === MOVED || step.kind === 'event') this.delivered = step['lastEventId'] as string;
      if (step.kind === MOVED) continue;
      this.steps.push(step);
      const { armed } = this;
      if (armed?.kind !== step.kind) continue;
      this.armed = undefined;
      this.react(armed.reaction);
    }
    this.isHanding = false;
    this.allowed = 0;
    const { ended } = this;
    if (ended && this.result === 'live') this.result = ended;
  }
}
