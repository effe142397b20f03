import { type ConnectionState, IDLE_CONNECTION } from '../../src/index.js';
import type { Timed } from './random-steps.js';

type TimedState = readonly [at: number, state: ConnectionState];

/** Returns the states of a lifecycle, one for each change. Each state is computed from scratch, from all steps up to it. */
export function statesOf(script: readonly Timed[]): TimedState[] {
  const all = script.map(({ at }, index): TimedState => [at, stateAfter(script.slice(0, index + 1))]);
  return [[0, IDLE_CONNECTION] as const, ...all].filter(
    ([, state], index, states) => index === 0 || !isSame(state, states[index - 1]?.[1]),
  );
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

const KINDS = ['connecting', 'open', 'waiting', 'paused', 'closed', 'fail', 'complete'];

function stateAfter(script: readonly Timed[]): ConnectionState {
  const kindOf = ({ step }: Timed) => (typeof step === 'string' ? step : step.kind);
  const stands = script.filter(timed => KINDS.includes(kindOf(timed)));
  const last = stands.at(-1);
  if (!last) return IDLE_CONNECTION;
  const { step, at } = last;
  const status = step === 'fail' ? 'failed' : step === 'complete' ? 'closed' : (step.kind as ConnectionState['status']);

  const attempts = stands.flatMap(({ step }) =>
    typeof step !== 'string' && (step.kind === 'connecting' || step.kind === 'waiting') ? [step.attempt] : [],
  );
  // The steps up to the last change determine the last event ID. If the first state is `open`, it contains the ID itself.
  const before = script.slice(0, script.indexOf(last) + 1);
  const ids = before.flatMap(timed => {
    const { step } = timed;
    if (typeof step === 'string') return [];
    if (step.kind === 'event') return [step.event.lastEventId];
    if (step.kind === 'connecting') return [step.lastEventId];
    return step.kind === 'open' && timed === stands[0] ? [step.resumedFrom] : [];
  });
  const failure = stands.filter(timed => kindOf(timed) !== 'connecting').at(-1);
  const error =
    failure?.step === 'fail'
      ? 'lost'
      : typeof failure?.step === 'object' && failure.step.kind === 'waiting' && failure.step.error
        ? (failure.step.error as Error).message
        : null;
  return {
    status,
    attempt: attempts.at(-1) ?? 0,
    retryAt: typeof step === 'object' && step.kind === 'waiting' && step.delay !== undefined ? at + step.delay : null,
    lastEventId: ids.at(-1) ?? '',
    error: error === null ? null : { name: 'Error', message: error },
  };
}

/**
 * Returns the states that are shown, with their times. A loss is treated as a whole, from its first state to the state that ends it. At the same
 * moment, due timers run before new states.
 */
export function shownOf(states: readonly TimedState[], grace: number): TimedState[] {
  const [first, ...others] = states;
  if (!first) return [];
  const isLost = ([, { status }]: TimedState) => status === 'connecting' || status === 'waiting';
  // Each run starts with a state that is shown, followed by a loss, if there is one.
  const length = others.findIndex(state => !isLost(state));
  const loss = length < 0 ? others : others.slice(0, length);
  const rest = others.slice(loss.length);
  const start = loss[0]?.[0] ?? Infinity;
  const end = rest[0]?.[0] ?? Infinity;
  if (first[1].status !== 'open' || grace === 0) return [first, ...loss, ...shownOf(rest, grace)];
  if (loss.length === 0) return [first, ...shownOf(rest, grace)];
  if (end >= start + grace) {
    // The loss lasts longer than `grace`: show its newest state at that moment, and all later ones.
    const late = loss.filter(([at]) => at >= start + grace);
    const held = loss.slice(0, loss.length - late.length).at(-1);
    return [first, ...(held ? [[start + grace, held[1]] as const] : []), ...late, ...shownOf(rest, grace)];
  }
  // Don't show the loss. If the stream is open again, don't show that either: `first` is still shown.
  const isBack = rest[0]?.[1].status === 'open';
  return isBack ? shownOf([first, ...rest.slice(1)], grace) : [first, ...shownOf(rest, grace)];
}
