import { expect, it } from '@jest/globals';
import type { DrawnStep } from '../../src/diagram/diagram-step.js';
import { type Mark, Timeline } from '../../src/diagram/timeline.js';
import type { Random } from '../support/random.js';
import { forEachSeed, randomSteps } from '../support/random-steps.js';
import { fakeStream } from '../support/steps-of.js';

interface Timed {
  readonly at: number;
  readonly step: DrawnStep;
}

const PILES: readonly string[] = ['event', 'comment', 'retry-time'];

/** Returns steps in any order, in bursts. */
function anySteps(random: Random): Timed[] {
  const end: DrawnStep = { kind: 'failed', error: new Error('over') };
  let at = 0;
  return randomSteps(random).map(({ step }) => {
    at += random.pick([0, 0, 0, 1, 30, 100, 500]);
    if (step === 'complete') return { at, step: { kind: 'closed', reason: 'end' } };
    return { at, step: step === 'fail' ? end : step };
  });
}

/** Returns the lifecycle of a stream whose server does anything. */
function lifecycle(random: Random): Timed[] {
  const { server, clock, log, subscription } = fakeStream({ reconnect: { delay: 50 } });
  const steps: Timed[] = [];
  let id = 0;
  const tell = () => {
    for (const step of log.splice(0)) steps.push({ at: clock.now(), step });
  };
  for (let turn = 0; turn < 40; turn++) {
    const connection = server.connections.at(-1);
    const state = connection?.state;
    if (state === 'requested') {
      const answer = random.weighted({ open: 5, gap: 1, refuse: 2, fail: 1 });
      if (answer === 'open') connection?.open();
      if (answer === 'gap') connection?.open({ headers: { 'last-event-id': `${id}-` } });
      if (answer === 'refuse') connection?.refuse(503);
      if (answer === 'fail') connection?.fail();
    } else if (state === 'open') {
      const act = random.weighted({ send: 6, burst: 2, comment: 2, retry: 1, cut: 1, end: 1 });
      if (act === 'send') connection?.send({ id: ++id, data: 'a' });
      if (act === 'burst')
        for (let count = random.between(2, 30); count > 0; count--) connection?.send({ id: ++id, data: '' });
      if (act === 'comment') connection?.comment();
      if (act === 'retry') connection?.send({ retry: random.pick([100, 200]) });
      if (act === 'cut') connection?.break();
      if (act === 'end') connection?.end();
    }
    tell();
    clock.advanceTo(clock.now() + random.pick([0, 1, 20, 100, 400]));
    tell();
  }
  subscription.unsubscribe();
  return steps;
}

/** Returns the marks and their steps. A step belongs to the last mark of its kind at that time. */
function marksOf(steps: readonly Timed[], nearness: number): Map<Mark, Timed[]> {
  const timeline = new Timeline(nearness);
  const taken = new Map<Mark, Timed[]>();
  for (const timed of steps) {
    timeline.add(timed.step, timed.at);
    const mark = timeline.marks.filter(({ kind }) => kind === timed.step.kind).at(-1);
    if (!mark) throw new Error(`Expected a mark for ${timed.step.kind}`);
    taken.set(mark, [...(taken.get(mark) ?? []), timed]);
  }
  expect([...taken.keys()]).toEqual(timeline.marks);
  return taken;
}

it.each<[string, number, (random: Random) => Timed[]]>([
  ['for steps in any order', 300, anySteps],
  ['for the lifecycle of a stream', 40, lifecycle],
])('the timeline has each step in one mark, in order, and nothing else: %s', (_, seeds, make) => {
  forEachSeed(seeds, random => {
    const steps = make(random);
    const nearness = random.pick([1, 50, 400]);
    const marks = marksOf(steps, nearness);

    for (const [mark, own] of marks) {
      // A mark has the number and kind of its steps, and the time of the first one.
      expect([mark.count, mark.kind, mark.at]).toEqual([own.length, own[0]?.step.kind, own[0]?.at]);
      if (own.length === 1) continue;
      expect(PILES).toContain(mark.kind);
      const [first, last] = [own[0], own.at(-1)] as [Timed, Timed];
      expect(last.at - first.at).toBeLessThan(nearness);
      const between = steps.slice(steps.indexOf(first), steps.indexOf(last));
      expect(between.map(({ step }) => step.kind).filter(kind => !PILES.includes(kind))).toEqual([]);
    }
    // Steps that don't form piles have a mark each, in the order of the lifecycle.
    const single = <T extends { readonly kind: string }>(all: readonly T[]) =>
      all.filter(({ kind }) => !PILES.includes(kind));
    expect(single([...marks.keys()]).map(({ kind }) => kind)).toEqual(
      single(steps.map(({ step }) => step)).map(({ kind }) => kind),
    );
    const times = [...marks.keys()].map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
