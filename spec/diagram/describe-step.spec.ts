import { describe, expect, it } from '@jest/globals';
import { describeStep } from '../../src/diagram/describe-step.js';
import type { DrawnStep } from '../../src/diagram/diagram-step.js';
import { News } from '../../src/diagram/news.js';
import { CLOSED, COMMENT, connecting, gap, open, PAUSED, text, waiting } from '../support/steps.js';

const refused = Object.assign(new Error('refused'), { status: 503 });
const back = (downtime: number, resumedFrom = ''): DrawnStep => ({ ...open(resumedFrom), downtime }) as DrawnStep;

describe('describeStep', () => {
  it.each<[DrawnStep, string]>([
    [connecting(), 'connecting'],
    [connecting(2), 'connecting, attempt 3'],
    [open(), 'connected'],
    [open('7'), 'connected, resumed after #7'],
    [back(2340), 'reconnected after 2.3 seconds'],
    [back(2000, '7'), 'reconnected after 2 seconds, resumed after #7'],
    [waiting(1, 3000), 'the server ended the stream, next attempt in 3 seconds'],
    [waiting(1, 1500, new Error('lost')), 'connection lost, next attempt in 1.5 seconds'],
    [waiting(1, undefined, refused), 'the server answered 503'],
    [PAUSED, 'paused'],
    [gap('7', '20'), 'events after #7 may be missing, resumed after #20'],
    [gap('7', ''), 'events after #7 may be missing'],
    [gap('', ''), 'events may be missing'],
    [CLOSED, 'closed'],
    [{ kind: 'failed', error: refused }, 'failed: refused'],
    [{ kind: 'failed', error: 'why' }, 'failed'],
    [{ kind: 'failed', error: null }, 'failed'],
    [text('a'), ''],
    [COMMENT, ''],
    [{ kind: 'retry-time', milliseconds: 5 }, ''],
    [{ kind: 'snapshot', snapshot: 1 }, ''],
    [{ kind: 'role', role: 'leader' }, ''],
  ])('describes %j as %j', (step, words) => {
    expect(describeStep(step)).toBe(words);
  });
});

describe('News', () => {
  const said = (...steps: readonly DrawnStep[]) => {
    const news = new News();
    return steps.filter(step => news.includes(step)).map(({ kind }) => kind);
  };

  it.each<[string, DrawnStep[], string[]]>([
    ['nothing about the first connection or about events', [connecting(), open(), text('a'), COMMENT], []],
    [
      'a lost connection, once for all its attempts, and the reconnection',
      [open(), waiting(1), connecting(1), waiting(2), connecting(2), open('1'), waiting(1), open('1')],
      ['waiting', 'open', 'waiting', 'open'],
    ],
    ['a failed first attempt, once', [connecting(), waiting(1), connecting(1), waiting(2)], ['waiting']],
    ['nothing about a renewal or a pause', [open(), connecting(), open('1'), PAUSED, connecting(), open('1')], []],
    ['each gap', [open('1'), gap('1', '3'), text('a'), gap('', '')], ['gap', 'gap']],
    ['the end of the stream', [open(), CLOSED, connecting(), open()], ['closed']],
    [
      'the failure of the stream',
      [waiting(1), { kind: 'failed', error: 1 }, connecting(), open()],
      ['waiting', 'failed'],
    ],
  ])('announces %s', (_, steps, expected) => {
    expect(said(...steps)).toEqual(expected);
  });
});
