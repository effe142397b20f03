import type { ClosedLifecycle } from '../lifecycle.js';
import type { ReconnectAttempt, ReconnectDecision } from './reconnect-policy.js';

/** The state of a subscription: plain, immutable data. */
export interface Life {
  /**
   * `idle` until something happens; `deciding` while the policy is asked about a failure or a clean end; `over` after
   * the stream has completed or failed for good.
   */
  readonly phase: 'idle' | 'paused' | 'connecting' | 'open' | 'deciding' | 'waiting' | 'over';
  /** How many attempts in a row have failed or ended. */
  readonly failures: number;
  /** Why the last attempt failed; `undefined` after a clean end, and once a connection is open. */
  readonly error: unknown;
  /** When the connection opened. */
  readonly since: number;
  /** The server rejected the position, and no connection has been open since. */
  readonly afresh: boolean;
  /** The policy is asked about a clean end. */
  readonly clean: boolean;
  /** Whether to retry the failure if `when` returns `undefined`. */
  readonly retryable: boolean;
  /** `renew` emitted while the policy was asked, so there is no wait. */
  readonly renewed: boolean;
}

export const NEW_LIFE: Life = {
  phase: 'idle',
  failures: 0,
  error: undefined,
  // `NaN` isn't an integer: engines store integers differently, and changing the form of an object is slow.
  since: NaN,
  afresh: false,
  clean: false,
  retryable: false,
  renewed: false,
};

/** A failure, as the policy sees it. */
export interface Failure {
  readonly error: unknown;
  /** Whether the default rule retries it. */
  readonly retryable: boolean;
  /** Whether the server rejected the position of the request. */
  readonly isRefusal?: boolean;
}

/** Everything that can happen to a subscription. */
export type Happening =
  /** `connectWhile` is `true`, or isn't set. */
  | { readonly what: 'run' }
  /** `connectWhile` isn't `true`. */
  | { readonly what: 'pause' }
  /** `connectWhile` has completed, so its last value stays. */
  | { readonly what: 'settle' }
  | { readonly what: 'renew' }
  | { readonly what: 'open' }
  /** An event was received. */
  | { readonly what: 'progress' }
  | ({ readonly what: 'fail' } & Failure)
  /** The server ended the stream cleanly. */
  | { readonly what: 'end' }
  /** The answer of `when`. */
  | { readonly what: 'decide'; readonly decision: ReconnectDecision }
  /** The wait is over. */
  | { readonly what: 'due' }
  | { readonly what: 'close'; readonly reason: ClosedLifecycle['reason'] }
  /** Your own code failed. This is final. */
  | { readonly what: 'crash'; readonly error: unknown };

/** The next action. The current attempt, question or wait ends first. */
export type Effect =
  /** Start an attempt; with `afresh`, without the position. */
  | { readonly do: 'connect'; readonly attempt: ReconnectAttempt; readonly afresh?: boolean | undefined }
  /** Ask `when` about the attempt that ended after `count` failures in a row. */
  | { readonly do: 'ask'; readonly count: number }
  /** Wait for this many ms, or for the wait of the policy (`true`). */
  | { readonly do: 'wait'; readonly length: number | true }
  | { readonly do: 'pause' }
  | { readonly do: 'close'; readonly reason: ClosedLifecycle['reason'] }
  | { readonly do: 'fail'; readonly error: unknown };

/** The part of the policy that decisions depend on. */
export interface Rules {
  /** How many attempts in a row may fail. */
  readonly count: number;
  /** Whether to reconnect after a clean end. */
  readonly onEnd: boolean;
  /** A connection that stays open for this many ms counts as a success, even without events. */
  readonly steadyAfter: number;
}

type Decision = readonly [life: Life, effect?: Effect];

/**
 * Decides what follows when something happens. This is the only place that decides. Anything that doesn't fit the phase
 * is ignored.
 */
export function decide(life: Life, happening: Happening, now: number, rules: Rules): Decision {
  const { phase } = life;
  if (phase === 'over') return [life];
  const isConnected = phase === 'connecting' || phase === 'open';
  const isHeld = phase === 'idle' || phase === 'paused';
  switch (happening.what) {
    case 'run':
      return isHeld ? connect(life) : [life];
    case 'pause':
      return phase === 'paused' ? [life] : [{ ...settled(life, now, rules), phase: 'paused' }, { do: 'pause' }];
    case 'settle':
      return isHeld ? close(life, 'stopped') : [life];
    case 'renew':
      if (isConnected || phase === 'waiting') return connect(settled(life, now, rules));
      return phase === 'deciding' ? [{ ...life, renewed: true }] : [life];
    case 'open':
      return [{ ...life, phase: 'open', since: now, error: undefined, afresh: false }];
    case 'progress':
      return [{ ...life, failures: 0 }];
    case 'fail':
      return isConnected ? afterFailure(settled(life, now, rules), happening, rules) : [life];
    case 'end':
      return isConnected ? afterEnd(settled(life, now, rules), rules) : [life];
    case 'decide':
      return phase === 'deciding' ? afterDecision(life, happening.decision) : [life];
    case 'due':
      return phase === 'waiting' ? connect(life) : [life];
    case 'close':
      return close(life, happening.reason);
    case 'crash':
      return fail(life, happening.error);
  }
}

/** Describes the next attempt. */
export const nextAttempt = ({ failures: count, error }: Life): ReconnectAttempt =>
  error === undefined ? { count } : { count, error };

const connect = (life: Life, afresh?: boolean): Decision => [
  { ...life, phase: 'connecting' },
  { do: 'connect', attempt: nextAttempt(life), afresh },
];

const close = (life: Life, reason: ClosedLifecycle['reason']): Decision => [
  { ...life, phase: 'over' },
  { do: 'close', reason },
];

const fail = (life: Life, error: unknown): Decision => [
  { ...life, phase: 'over' },
  { do: 'fail', error },
];

/** Resets the failures if the connection was open for long enough. */
const settled = (life: Life, now: number, { steadyAfter }: Rules): Life =>
  life.phase === 'open' && now - life.since >= steadyAfter ? { ...life, failures: 0 } : life;

function afterFailure(life: Life, { error, retryable, isRefusal }: Failure, { count }: Rules): Decision {
  const { failures } = life;
  // Retries once, at once. A server that rejects every position must not cause an endless loop.
  if (isRefusal && !life.afresh && count > 0) return connect({ ...life, error, afresh: true }, true);
  if (failures >= count) return fail(life, error);
  return ask({ ...life, error, retryable, clean: false });
}

function afterEnd(life: Life, { count, onEnd }: Rules): Decision {
  if (!onEnd) return close(life, 'end');
  // A clean end counts as a failure too: a server that closes each connection at once isn't working.
  if (life.failures >= count) return close(life, 'exhausted');
  return ask({ ...life, error: undefined, retryable: true, clean: true });
}

const ask = (life: Life): Decision => [
  { ...life, phase: 'deciding', failures: life.failures + 1, renewed: false },
  { do: 'ask', count: life.failures },
];

function afterDecision(life: Life, decision: ReconnectDecision): Decision {
  const length = decision ?? life.retryable;
  if (length === false) return life.clean ? close(life, 'end') : fail(life, life.error);
  return life.renewed
    ? connect(life)
    : [
        { ...life, phase: 'waiting' },
        { do: 'wait', length },
      ];
}
