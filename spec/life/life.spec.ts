import { describe, expect, it } from '@jest/globals';
import { decide, type Effect, type Happening, type Life, NEW_LIFE, type Rules } from '../../src/life/life.js';

const RULES: Rules = { count: 3, onEnd: true, steadyAfter: 30_000 };
const NOW = 100_000;
const boom = new Error('boom');

const life = (phase: Life['phase'], other: Partial<Life> = {}): Life => ({ ...NEW_LIFE, phase, ...other });
const failed = (other: Partial<Extract<Happening, { what: 'fail' }>> = {}): Happening => ({
  what: 'fail',
  error: boom,
  retryable: true,
  ...other,
});

/** A state, a happening in it, and the result: the relevant part of the next state, and the effect. */
type Row = readonly [
  title: string,
  life: Life,
  happening: Happening,
  next: Partial<Life>,
  effect?: Effect,
  rules?: Partial<Rules>,
];

const table = (rows: readonly Row[]) => {
  // One rest parameter, because Jest passes `done` for a parameter that is missing in a row.
  it.each(rows)('%s', (...[, before, happening, next, effect, rules]) => {
    const [after, done] = decide(before, happening, NOW, { ...RULES, ...rules });
    expect(after).toMatchObject(next);
    expect(done).toEqual(effect);
  });
};

/** Expects that these happenings change nothing. */
const nothing = (rows: readonly (readonly [Life['phase'], Happening])[]) => {
  it.each(rows)('changes nothing in the phase %s: %o', (phase, happening) => {
    const before = life(phase, { failures: 2, error: boom });
    expect(decide(before, happening, NOW, RULES)).toEqual([before]);
  });
};

const first: Effect = { do: 'connect', attempt: { count: 0 } };
const third: Effect = { do: 'connect', attempt: { count: 2, error: boom } };

describe('the start, and pauses', () => {
  table([
    ['connects', life('idle'), { what: 'run' }, { phase: 'connecting' }, first],
    ['is paused before there is an attempt', life('idle'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['connects after a pause', life('paused'), { what: 'run' }, { phase: 'connecting' }, first],
    [
      'keeps the count of failures, and why, through a pause',
      life('paused', { failures: 2, error: boom }),
      { what: 'run' },
      { phase: 'connecting', failures: 2 },
      third,
    ],
    ['pauses an attempt', life('connecting'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['pauses a connection', life('open', { since: NOW }), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    [
      'forgets failures with a connection that was open for long enough',
      life('open', { since: NOW - 30_000, failures: 2 }),
      { what: 'pause' },
      { phase: 'paused', failures: 0 },
      { do: 'pause' },
    ],
    ['pauses a question', life('deciding'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['pauses a wait', life('waiting'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    [
      'stops if it will never run',
      life('paused'),
      { what: 'settle' },
      { phase: 'over' },
      { do: 'close', reason: 'stopped' },
    ],
    [
      'stops if it was never told',
      life('idle'),
      { what: 'settle' },
      { phase: 'over' },
      { do: 'close', reason: 'stopped' },
    ],
  ]);
  nothing([
    ['paused', { what: 'pause' }],
    ['connecting', { what: 'run' }],
    ['open', { what: 'run' }],
    ['deciding', { what: 'run' }],
    ['waiting', { what: 'run' }],
    ['connecting', { what: 'settle' }],
    ['open', { what: 'settle' }],
    ['deciding', { what: 'settle' }],
    ['waiting', { what: 'settle' }],
  ]);
});

describe('renewal', () => {
  table([
    [
      'replaces an attempt',
      life('connecting', { failures: 2, error: boom }),
      { what: 'renew' },
      { failures: 2 },
      third,
    ],
    ['replaces a connection', life('open', { since: NOW }), { what: 'renew' }, { phase: 'connecting' }, first],
    [
      'forgets failures with a connection that was open for long enough',
      life('open', { since: 0, failures: 2 }),
      { what: 'renew' },
      { phase: 'connecting', failures: 0 },
      first,
    ],
    ['ends a wait', life('waiting', { failures: 2, error: boom }), { what: 'renew' }, { phase: 'connecting' }, third],
    ['waits for the answer of `when`', life('deciding'), { what: 'renew' }, { phase: 'deciding', renewed: true }],
    [
      'ends the wait that follows',
      life('deciding', { renewed: true, failures: 2, error: boom, retryable: true }),
      { what: 'decide', decision: 9000 },
      { phase: 'connecting' },
      third,
    ],
    [
      'saves nothing that `when` has given up',
      life('deciding', { renewed: true, error: boom }),
      { what: 'decide', decision: false },
      { phase: 'over' },
      { do: 'fail', error: boom },
    ],
  ]);
  nothing([
    ['idle', { what: 'renew' }],
    ['paused', { what: 'renew' }],
  ]);
});

describe('success', () => {
  table([
    [
      'has no failure behind it once it is open',
      life('connecting', { failures: 2, error: boom, afresh: true }),
      { what: 'open' },
      { phase: 'open', since: NOW, failures: 2, error: undefined, afresh: false },
    ],
    [
      'begins to count anew with an event',
      life('open', { failures: 2 }),
      { what: 'progress' },
      { phase: 'open', failures: 0 },
    ],
  ]);
});

describe('a failure', () => {
  table([
    [
      'is a question to the policy',
      life('open', { failures: 1, since: NOW - 29_999 }),
      failed(),
      { phase: 'deciding', failures: 2, error: boom, retryable: true, clean: false },
      { do: 'ask', count: 1 },
    ],
    [
      'is the first again after a connection of `maxDelay` [pitfall 45]',
      life('open', { failures: 3, since: NOW - 30_000 }),
      failed(),
      { phase: 'deciding', failures: 1 },
      { do: 'ask', count: 0 },
    ],
    [
      'is not the first again if it is the attempt that took so long',
      life('connecting', { failures: 2, since: 0 }),
      failed(),
      { phase: 'deciding', failures: 3 },
      { do: 'ask', count: 2 },
    ],
    [
      'is final when the count is spent',
      life('open', { failures: 3, since: NOW }),
      failed(),
      { phase: 'over' },
      { do: 'fail', error: boom },
    ],
    [
      'is final without a policy',
      life('open'),
      failed(),
      { phase: 'over' },
      { do: 'fail', error: boom },
      { count: 0, steadyAfter: Infinity },
    ],
  ]);
  nothing([
    ['idle', failed()],
    ['paused', failed()],
    ['deciding', failed()],
    ['waiting', failed()],
  ]);
});

describe('a refused position', () => {
  table([
    [
      'is given up, and asked without, at once and uncounted',
      life('connecting', { failures: 2 }),
      failed({ isRefusal: true }),
      { phase: 'connecting', failures: 2, afresh: true },
      { do: 'connect', attempt: { count: 2, error: boom }, afresh: true },
    ],
    [
      'is a failure like any other the second time: no busy loop',
      life('connecting', { afresh: true }),
      failed({ isRefusal: true, retryable: false }),
      { phase: 'deciding', failures: 1, retryable: false },
      { do: 'ask', count: 0 },
    ],
    [
      'is final without a policy',
      life('connecting'),
      failed({ isRefusal: true }),
      { phase: 'over' },
      { do: 'fail', error: boom },
      { count: 0 },
    ],
  ]);
});

describe('a clean end', () => {
  table([
    [
      'is an end without `onEnd`',
      life('open'),
      { what: 'end' },
      { phase: 'over' },
      { do: 'close', reason: 'end' },
      { onEnd: false },
    ],
    [
      'is a question to the policy',
      life('open', { since: NOW, failures: 1, error: boom }),
      { what: 'end' },
      { phase: 'deciding', failures: 2, error: undefined, clean: true, retryable: true },
      { do: 'ask', count: 1 },
    ],
    [
      'is the first again after a connection of `maxDelay` [pitfall 45]',
      life('open', { since: NOW - 60_000, failures: 3 }),
      { what: 'end' },
      { phase: 'deciding', failures: 1 },
      { do: 'ask', count: 0 },
    ],
    [
      'is counted',
      life('open', { failures: 3, since: NOW }),
      { what: 'end' },
      { phase: 'over' },
      { do: 'close', reason: 'exhausted' },
    ],
    [
      'completes if `when` says no',
      life('deciding', { clean: true, retryable: true }),
      { what: 'decide', decision: false },
      { phase: 'over' },
      { do: 'close', reason: 'end' },
    ],
  ]);
  nothing([
    ['paused', { what: 'end' }],
    ['waiting', { what: 'end' }],
  ]);
});

describe('a decision', () => {
  const deciding = life('deciding', { failures: 2, error: boom, retryable: true });
  table([
    [
      'waits as the policy has it',
      deciding,
      { what: 'decide', decision: true },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    ['waits for so long', deciding, { what: 'decide', decision: 70 }, { phase: 'waiting' }, { do: 'wait', length: 70 }],
    ['waits for no time', deciding, { what: 'decide', decision: 0 }, { phase: 'waiting' }, { do: 'wait', length: 0 }],
    [
      'is that of the default rule',
      deciding,
      { what: 'decide', decision: undefined },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    [
      'is final by the default rule',
      { ...deciding, retryable: false },
      { what: 'decide', decision: undefined },
      { phase: 'over' },
      { do: 'fail', error: boom },
    ],
    [
      'overrules the default rule',
      { ...deciding, retryable: false },
      { what: 'decide', decision: true },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    [
      'connects when the wait is over',
      { ...deciding, phase: 'waiting' },
      { what: 'due' },
      { phase: 'connecting' },
      third,
    ],
  ]);
  nothing([
    ['paused', { what: 'decide', decision: true }],
    ['connecting', { what: 'decide', decision: true }],
    ['paused', { what: 'due' }],
    ['open', { what: 'due' }],
  ]);
});

describe('the end', () => {
  const phases = ['idle', 'paused', 'connecting', 'open', 'deciding', 'waiting'] as const;
  it.each(phases)('is reached from the phase %s, by a reason or by an error of the application', phase => {
    const close: Happening = { what: 'close', reason: 'no-content' };
    expect(decide(life(phase), close, NOW, RULES)).toMatchObject([
      { phase: 'over' },
      { do: 'close', reason: 'no-content' },
    ]);
    const crash: Happening = { what: 'crash', error: boom };
    expect(decide(life(phase), crash, NOW, RULES)).toMatchObject([{ phase: 'over' }, { do: 'fail', error: boom }]);
  });

  it.each<Happening>([
    { what: 'run' },
    { what: 'pause' },
    { what: 'settle' },
    { what: 'renew' },
    { what: 'open' },
    { what: 'progress' },
    failed(),
    { what: 'end' },
    { what: 'decide', decision: true },
    { what: 'due' },
    { what: 'close', reason: 'end' },
    { what: 'crash', error: boom },
  ])('is final: %o', happening => {
    const over = life('over');
    expect(decide(over, happening, NOW, RULES)).toEqual([over]);
  });
});
