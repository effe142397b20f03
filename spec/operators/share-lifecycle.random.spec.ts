import { describe, expect, it } from '@jest/globals';
import { clock } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import type { Random } from '../support/random.js';
import { forEachSeed, randomSteps, type Timed } from '../support/random-steps.js';
import type { Step } from '../support/steps.js';
import { heard, played, say } from './played.js';

describe('shareLifecycle', () => {
  it('equals a model for random steps and subscribers', () => {
    forEachSeed(300, random => {
      const linger = random.pick([0, 50, 200]);
      const { actual, expected } = playAtRandom(random, linger);
      expect(actual).toEqual(expected);
    });
  });
});

/** Plays random steps to random subscribers. Returns the steps that they received, and those that a model expects. */
function playAtRandom(random: Random, linger: number) {
  const start = clock.now();
  const { shared$, play, fail, complete, count } = played({ linger });
  const listeners: { readonly observed: Observed<Step>; readonly expected: string[]; live: boolean }[] = [];
  const model = { subscribed: 0, connected: false, standing: undefined as Step | undefined, leftAt: 0 };
  const disconnect = () => Object.assign(model, { connected: false, standing: undefined });
  const live = () => listeners.filter(({ live }) => live);
  const log: [number, number][] = [];
  const wanted: [number, number][] = [];

  const take = ({ at, step }: Timed) => {
    clock.advanceTo(start + at);
    if (model.connected && live().length === 0 && model.leftAt + linger <= at) disconnect();
    const way = random.weighted({ come: 2, leave: 2, say: 6 });
    if (way === 'come') {
      if (!model.connected) Object.assign(model, { connected: true, subscribed: model.subscribed + 1 });
      const expected = model.standing ? [say(model.standing)] : [];
      listeners.push({ observed: observe(shared$), expected, live: true });
    } else if (way === 'leave' && live().length > 0) {
      const leaver = random.pick(live());
      leaver.live = false;
      leaver.observed.subscription.unsubscribe();
      if (live().length === 0) model.leftAt = at;
      if (live().length === 0 && linger === 0) disconnect();
    } else if (way === 'say' && model.connected) {
      if (typeof step === 'string') {
        for (const listener of live()) listener.live = false;
        disconnect();
        if (step === 'fail') fail(new Error('lost'));
        else complete();
      } else {
        for (const { expected } of live()) expected.push(say(step));
        if (['connecting', 'open', 'waiting', 'paused', 'closed'].includes(step.kind)) model.standing = step;
        play(step);
      }
    }
    log.push([count.subscribed, count.live]);
    wanted.push([model.subscribed, model.connected ? 1 : 0]);
  };
  for (const timed of [...randomSteps(random), ...randomSteps(random)].sort((one, other) => one.at - other.at)) {
    take(timed);
  }
  return {
    actual: [log, listeners.map(({ observed }) => heard(observed))],
    expected: [wanted, listeners.map(({ expected }) => expected)],
  };
}
