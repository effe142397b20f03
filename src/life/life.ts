import type { ClosedLifecycle } from '../lifecycle.js';
import type { ReconnectAttempt, ReconnectDecision } from './reconnect-policy.js';

/** Where a subscription stands: plain data that is never changed, only replaced. */
export interface Life {
  /**
   * `idle` before anything has happened, `deciding` while the policy is asked what follows a failure, `over` when the stream has completed or
   * failed for good.
   */
  readonly phase: 'idle' | 'paused' | 'connecting' | 'open' | 'deciding' | 'waiting' | 'over';
  /** How many attempts in a row have failed or ended. */
  readonly failures: number;
  /** Why the last attempt failed; `undefined` after a clean end, and once a connection is open. */
  readonly error: unknown;
  /** Since when the connection is open. */
  readonly since: number;
  /** The position was refused, and the stream has not been open since. */
  readonly afresh: boolean;
  /** What is being decided on was a clean end. */
  readonly clean: boolean;
  /** Whether the failure that is being decided on is tried again if `when` has no opinion. */
  readonly retryable: boolean;
  /** `renew` has emitted while it was being decided: there will be no wait. */
  readonly renewed: boolean;
}

export const NEW_LIFE: Life = {
  phase: 'idle',
  failures: 0,
  error: undefined,
  // No integer: engines keep integers in another form, and an object that changes its form costs more.
  since: NaN,
  afresh: false,
  clean: false,
  retryable: false,
  renewed: false,
};

/** What a failure is to the policy. */
export interface Failure {
  readonly error: unknown;
  /** Whether the default rule tries again. */
  readonly retryable: boolean;
  /** Whether the server refused the position that the request carried. */
  readonly isRefusal?: boolean;
}

/** What can happen to a subscription. */
export type Happening =
  /** `connectWhile` is `true`, or there is none. */
  | { readonly what: 'run' }
  /** `connectWhile` is not `true`. */
  | { readonly what: 'pause' }
  /** `connectWhile` has completed: its last value holds for good. */
  | { readonly what: 'settle' }
  | { readonly what: 'renew' }
  | { readonly what: 'open' }
  /** An event has come. */
  | { readonly what: 'progress' }
  | ({ readonly what: 'fail' } & Failure)
  /** The server has ended the stream cleanly. */
  | { readonly what: 'end' }
  /** What `when` has answered. */
  | { readonly what: 'decide'; readonly decision: ReconnectDecision }
  /** The wait is over. */
  | { readonly what: 'due' }
  | { readonly what: 'close'; readonly reason: ClosedLifecycle['reason'] }
  /** The application's own code has failed: a bug, and final. */
  | { readonly what: 'crash'; readonly error: unknown };

/** What to do next. Whatever goes on, an attempt, a question or a wait, ends before it. */
export type Effect =
  /** Make an attempt; `afresh` without the position. */
  | { readonly do: 'connect'; readonly attempt: ReconnectAttempt; readonly afresh?: boolean | undefined }
  /** Ask `when` about the attempt that has ended after `count` failures in a row. */
  | { readonly do: 'ask'; readonly count: number }
  /** Wait: for so many ms, or as the policy has it. */
  | { readonly do: 'wait'; readonly length: number | true }
  | { readonly do: 'pause' }
  | { readonly do: 'close'; readonly reason: ClosedLifecycle['reason'] }
  | { readonly do: 'fail'; readonly error: unknown };

/** What of the policy is needed to decide. */
export interface Rules {
  /** How many attempts in a row may fail. */
  readonly count: number;
  /** Whether a clean end reconnects. */
  readonly onEnd: boolean;
  /** After so many ms an open connection is a success, whether events have come or not. */
  readonly steadyAfter: number;
}

type Decision = readonly [life: Life, effect?: Effect];

/** What follows when something happens: the only place where that is decided. What is not meant for the phase changes nothing. */
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

/** The attempt that follows, as it is described. */
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

/** A connection that was open for long enough was a success: failures count from the start again. */
const settled = (life: Life, now: number, { steadyAfter }: Rules): Life =>
  life.phase === 'open' && now - life.since >= steadyAfter ? { ...life, failures: 0 } : life;

function afterFailure(life: Life, { error, retryable, isRefusal }: Failure, { count }: Rules): Decision {
  const { failures } = life;
  // Once, and at once: a server that refuses every position must not be asked without end.
  if (isRefusal && !life.afresh && count > 0) return connect({ ...life, error, afresh: true }, true);
  if (failures >= count) return fail(life, error);
  return ask({ ...life, error, retryable, clean: false });
}

function afterEnd(life: Life, { count, onEnd }: Rules): Decision {
  if (!onEnd) return close(life, 'end');
  // A clean end counts too: a server that hangs up at once is no success.
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
