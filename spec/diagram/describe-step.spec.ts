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
  ])('%j', (step, words) => {
    expect(describeStep(step)).toBe(words);
  });
});

describe('News', () => {
  const said = (...steps: readonly DrawnStep[]) => {
    const news = new News();
    return steps.filter(step => news.includes(step)).map(({ kind }) => kind);
  };

  it.each<[string, DrawnStep[], string[]]>([
    ['not the first connection, and no events', [connecting(), open(), text('a'), COMMENT], []],
    [
      'a loss, once for all its attempts, and the way back',
      [open(), waiting(1), connecting(1), waiting(2), connecting(2), open('1'), waiting(1), open('1')],
      ['waiting', 'open', 'waiting', 'open'],
    ],
    ['a first attempt that fails', [connecting(), waiting(1), connecting(1), waiting(2)], ['waiting']],
    ['neither a renewal nor a pause', [open(), connecting(), open('1'), PAUSED, connecting(), open('1')], []],
    ['each gap', [open('1'), gap('1', '3'), text('a'), gap('', '')], ['gap', 'gap']],
    ['the end', [open(), CLOSED, connecting(), open()], ['closed']],
    ['the failure', [waiting(1), { kind: 'failed', error: 1 }, connecting(), open()], ['waiting', 'failed']],
  ])('announces %s', (_, steps, expected) => {
    expect(said(...steps)).toEqual(expected);
  });
});
