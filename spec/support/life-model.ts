import type { Decision, LifeOptions, Reaction } from './life-options.js';
import { LifePhases } from './life-phases.js';
import type { Entry } from './numbered-log.js';

/**
 * A model of a subscription: the steps that it must emit, and the requests that its server must receive, after each
 * thing that happens. It follows the documentation of the options and the steps, one by one, with no Observable, no
 * timer and nothing from `src/`.
 */
export class LifeModel extends LifePhases {
  private readonly holds: boolean;
  /** Whether `connectWhile` has completed. */
  isSettled = false;

  constructor(options: LifeOptions) {
    super(options);
    this.holds = options.connectWhile !== 'silent';
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
        this.delivery.unsubscribe();
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
    this.delivery.emit({ kind: 'paused' });
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
    const received = this.position.receive(entries);
    // A `delay` function replaces the server's retry time.
    const takesRetryTimes = this.policy.waits !== 'later';
    const batch = received.batch.filter(({ kind }) => takesRetryTimes || kind !== 'retry-time');
    for (const { kind, milliseconds } of batch) {
      if (kind === 'event') this.failures = 0;
      if (kind === 'retry-time') this.delay = this.floor = milliseconds as number;
    }
    if (received.isOver) {
      // The last event has arrived: no matter what its `next` does, the stream ends.
      this.stop();
      this.delivery.emit(...batch);
      this.close('last');
      return;
    }
    this.watchSilence();
    this.delivery.emit(...batch);
  }
}
