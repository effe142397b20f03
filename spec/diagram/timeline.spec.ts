import { describe, expect, it } from '@jest/globals';
import { type DrawnStep } from '../../src/diagram/diagram-step.js';
import { labelOf, type Mark, Timeline } from '../../src/diagram/timeline.js';
import { CLOSED, COMMENT, connecting, gap, open, PAUSED, text, waiting } from '../support/steps.js';

const NEAR = 100;
const refused = (status: unknown) => Object.assign(new Error('refused'), { status });
const event = (id: string) => text('', 'message', id);
const retry: DrawnStep = { kind: 'retry-time', milliseconds: 3000 };
const failed: DrawnStep = { kind: 'failed', error: refused(404) };

/** Returns a timeline with these steps, each at its time. */
function timelineOf(...steps: readonly (readonly [number, DrawnStep])[]): Timeline {
  const timeline = new Timeline(NEAR);
  for (const [at, step] of steps) timeline.add(step, at);
  return timeline;
}
const inShort = ({ kind, at, count, label }: Mark) => `${at} ${kind}${count > 1 ? '' : ` ${label}`} ×${count}`;
const marksOf = ({ marks }: Timeline) => marks.map(inShort);

describe('the label of a step', () => {
  it.each<[string, DrawnStep, string]>([
    ['an attempt', connecting(3, '7'), ''],
    ['a new connection', open(), ''],
    ['a resumed connection', open('7'), '↻ 7'],
    ['an event', event('7'), '7'],
    ['an event without an id', event(''), ''],
    ['an event with a long id', event('1726143-8800021'), '…800021'],
    ['an event with an id of eight characters', event('12345678'), '12345678'],
    ['a comment', { kind: 'comment', text: 'hi' }, ''],
    ['a reconnection time', { kind: 'retry-time', milliseconds: 1500 }, '1.5 s'],
    ['a wait after a clean end', waiting(1, 500), ''],
    ['a wait after an error with a status', waiting(1, 500, refused(503)), '503'],
    ['a wait after another error', waiting(1, 500, new Error('lost')), ''],
    ['a wait after an error whose status isn’t a number', waiting(1, 500, refused('503')), ''],
    ['a wait after something that isn’t an error', waiting(1, 500, null), ''],
    ['a pause', PAUSED, ''],
    ['a gap', gap('7', '20'), '7 → 20'],
    ['a gap without positions', gap('', ''), '? → ?'],
    ['a snapshot', { kind: 'snapshot', snapshot: {} }, ''],
    ['a role', { kind: 'role', role: 'leader' }, 'leader'],
    ['the end of the stream', CLOSED, ''],
    ['a failure of the stream', failed, '404'],
  ])('of %s', (_, step, label) => {
    expect(labelOf(step)).toBe(label);
  });
});

describe('marks', () => {
  it('represent one step each, with its time, in order', () => {
    expect(
      marksOf(
        timelineOf(
          [0, connecting()],
          [5, open()],
          [6, { kind: 'snapshot', snapshot: 1 }],
          [200, event('1')],
          [400, COMMENT],
          [600, waiting(1, 50)],
          [650, connecting(1, '1')],
          [660, open('1')],
          [660, gap('1', '3')],
          [660, event('4')],
          [900, PAUSED],
          [950, connecting(0, '4')],
          [990, failed],
        ),
      ),
    ).toEqual([
      '0 connecting  ×1',
      '5 open  ×1',
      '6 snapshot  ×1',
      '200 event 1 ×1',
      '400 comment  ×1',
      '600 waiting  ×1',
      '650 connecting  ×1',
      '660 open ↻ 1 ×1',
      '660 gap 1 → 3 ×1',
      '660 event 4 ×1',
      '900 paused  ×1',
      '950 connecting  ×1',
      '990 failed 404 ×1',
    ]);
  });

  it('have the time when a wait ends, if it is known', () => {
    expect(timelineOf([10, waiting(1, 500)]).state?.due).toBe(510);
    expect(timelineOf([10, waiting(1, 0)]).state?.due).toBe(10);
    expect(timelineOf([10, waiting(1)]).state?.due).toBeUndefined();
  });

  it.each<[string, (readonly [number, DrawnStep])[], string[]]>([
    [
      'events close together',
      [
        [0, event('1')],
        [50, event('2')],
        [99, event('3')],
      ],
      ['0 event ×3'],
    ],
    [
      'events far apart',
      [
        [0, event('1')],
        [100, event('2')],
      ],
      ['0 event 1 ×1', '100 event 2 ×1'],
    ],
    // The distance from the first event counts, so a mark of several stays as narrow as a mark of one.
    [
      'a chain of events',
      [0, 60, 120, 180, 240].map(at => [at, event(String(at))] as const),
      ['0 event ×2', '120 event ×2', '240 event 240 ×1'],
    ],
    [
      'heartbeats',
      [
        [0, COMMENT],
        [1, COMMENT],
      ],
      ['0 comment ×2'],
    ],
    [
      'events, each with a heartbeat and a reconnection time',
      [
        [0, retry],
        [0, COMMENT],
        [0, event('1')],
        [9, retry],
        [9, COMMENT],
        [9, event('2')],
      ],
      ['0 retry-time ×2', '0 comment ×2', '0 event ×2'],
    ],
    [
      'events around a gap',
      [
        [0, event('1')],
        [1, gap('1', '5')],
        [2, event('6')],
        [3, event('7')],
      ],
      ['0 event 1 ×1', '1 gap 1 → 5 ×1', '2 event ×2'],
    ],
    [
      'events around a reconnect',
      [
        [0, event('1')],
        [1, waiting(1, 0)],
        [1, connecting(1)],
        [1, open('1')],
        [1, event('2')],
      ],
      ['0 event 1 ×1', '1 waiting  ×1', '1 connecting  ×1', '1 open ↻ 1 ×1', '1 event 2 ×1'],
    ],
    [
      'attempts, however close together',
      [
        [0, waiting(1, 0)],
        [0, connecting(1)],
        [0, waiting(2, 0)],
        [0, connecting(2)],
      ],
      ['0 waiting  ×1', '0 connecting  ×1', '0 waiting  ×1', '0 connecting  ×1'],
    ],
  ])('of a kind that piles up are joined if no other step is between them: %s', (_, steps, expected) => {
    expect(marksOf(timelineOf(...steps))).toEqual(expected);
  });

  it('of several steps show their number', () => {
    expect(timelineOf([0, event('1')], [1, event('2')], [2, event('3')]).marks[0]?.label).toBe('×3');
  });

  it('that are out of sight are dropped, except for the state of the connection', () => {
    const timeline = timelineOf([0, connecting()], [10, open()], [200, event('1')], [400, event('2')]);
    timeline.prune(300);
    expect(marksOf(timeline)).toEqual(['400 event 2 ×1']);
    expect(timeline.dropped?.kind).toBe('open');
    expect(timeline.state).toBe(timeline.dropped);
    timeline.add(waiting(1, 5), 500);
    expect([timeline.dropped?.kind, timeline.state?.kind]).toEqual(['open', 'waiting']);
  });

  it('are limited to a thousand, however fast a stream reconnects', () => {
    const timeline = new Timeline(NEAR);
    for (let attempt = 0; attempt < 5000; attempt++) {
      timeline.add(connecting(attempt), attempt);
      timeline.add(waiting(attempt + 1, 0), attempt);
    }
    expect(timeline.marks).toHaveLength(1000);
    expect(timeline.marks.at(-1)).toBe(timeline.state);
    expect(timeline.dropped?.at).toBe(4499);
  });
});

describe('the time of a diagram', () => {
  it('continues until the stream has ended', () => {
    expect(timelineOf([10, open()]).timeAt(99)).toBe(99);
    expect(timelineOf([10, open()], [20, CLOSED]).timeAt(99)).toBe(20);
    expect(timelineOf([10, open()], [20, failed]).timeAt(99)).toBe(20);
    expect(timelineOf([20, CLOSED], [30, connecting()]).timeAt(99)).toBe(99);
  });

  it.each<[string, (readonly [number, DrawnStep])[], boolean]>([
    ['there is no step yet', [], false],
    [
      'a mark is in sight',
      [
        [0, open()],
        [60, COMMENT],
      ],
      true,
    ],
    [
      'only the state of the connection is in sight',
      [
        [0, open()],
        [40, COMMENT],
      ],
      false,
    ],
    ['a wait is counted down', [[0, waiting(1, 500)]], true],
    ['a wait has no known end', [[0, waiting(1)]], false],
    ['the stream paused long ago', [[0, PAUSED]], false],
    [
      'the stream has ended',
      [
        [60, event('1')],
        [70, CLOSED],
      ],
      false,
    ],
    [
      'the stream has failed',
      [
        [60, waiting(1, 500)],
        [70, failed],
      ],
      false,
    ],
  ])('moves only while this changes the picture: %s', (_, steps, moves) => {
    expect(timelineOf(...steps).movesFrom(50)).toBe(moves);
  });
});
