import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Subject } from 'rxjs';
import { type ConnectionState, type GapLifecycle, routeTo, toActions } from '../../src/index.js';
import { observe } from '../support/observe.js';
import type { Random } from '../support/random.js';
import { forEachSeed, randomSteps, type Timed } from '../support/random-steps.js';
import { statesOf } from '../support/state-model.js';
import type { Step } from '../support/steps.js';
import { gapText } from './gap-text.js';

afterEach(() => void jest.useRealTimers());

describe('toActions', () => {
  it('equals a model for random steps and functions, and so does `routeTo`', () => {
    jest.useFakeTimers();
    forEachSeed(400, random => {
      const script = randomSteps(random);
      const { routes, expected, status } = model(random, script);
      const called: unknown[] = [];
      const note = (make: (...input: never[]) => unknown) => (input: never, event: never) => {
        const action = make(input, event);
        if (action !== undefined) called.push(action);
      };
      const noted = {
        ...Object.fromEntries(Object.entries(routes).map(([name, make]) => [name, note(make as never)])),
        events: Object.fromEntries(Object.entries(routes.events).map(([type, make]) => [type, note(make)])),
      };
      const source = new Subject<Step>();
      const actions = observe(source.pipe(toActions(routes as never)));
      const calls = observe(source.pipe(routeTo(noted as never)));
      for (const { at, step } of script) {
        jest.setSystemTime(at);
        if (step === 'fail') source.error(new Error('lost'));
        else if (step === 'complete') source.complete();
        else source.next(step);
      }
      expect(actions.values).toEqual(expected);
      expect(called).toEqual(expected);
      expect([actions.status, calls.status]).toEqual([status, status]);
      expect(calls.values).toEqual([]);
    });
  });
});

/** Picks random functions, and returns the actions that they must make: for each step, its own action before that of the new state. */
function model(random: Random, script: readonly Timed[]) {
  const some = <T>(route: T): T | undefined => (random.chance(0.7) ? route : undefined);
  const known = (routes: object) =>
    Object.fromEntries(Object.entries(routes).filter(([, route]) => route !== undefined));
  const event = (data: string, { type }: { type: string }) => (data === 'c' ? undefined : `${type}: ${data}`);
  const routes = {
    ...known({
      state: some((state: ConnectionState) => state),
      gap: some(gapText),
      reset: some((step: GapLifecycle) => `reset by ${gapText(step)}`),
      snapshot: some((snapshot: string) => `snapshot ${snapshot}`),
    }),
    events: known({ message: some(event), state: some(event), gap: some(event) }) as Record<string, typeof event>,
  };
  const states = statesOf(script).slice(1);
  const expected = script.flatMap(({ at, step }) => {
    const made: unknown[] = [];
    if (typeof step === 'object') {
      if (step.kind === 'event') made.push(routes.events[step.event.type] && event(step.event.data, step.event));
      if (step.kind === 'gap' && 'gap' in routes) made.push(gapText(step));
      if (step.kind === 'gap' && 'reset' in routes && !('snapshot' in routes)) made.push(`reset by ${gapText(step)}`);
      if (step.kind === 'snapshot' && 'snapshot' in routes) made.push(`snapshot ${step.snapshot}`);
    }
    if ('state' in routes) made.push(...states.filter(([time]) => time === at).map(([, state]) => state));
    return made.filter(action => action !== undefined);
  });
  const last = script.at(-1)?.step;
  const status =
    last === 'complete' || (last === 'fail' && 'state' in routes) ? 'completed' : last === 'fail' ? 'failed' : 'live';
  return { routes, expected, status };
}
