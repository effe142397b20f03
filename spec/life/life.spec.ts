import { describe } from '@jest/globals';
import { boom, failed, first, life, nothing, NOW, table, third } from './decision-table.js';

describe('the start, and pauses', () => {
  table([
    ['connects', life('idle'), { what: 'run' }, { phase: 'connecting' }, first],
    ['pauses before the first attempt', life('idle'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['connects after a pause', life('paused'), { what: 'run' }, { phase: 'connecting' }, first],
    [
      'keeps the failure count and the last error through a pause',
      life('paused', { failures: 2, error: boom }),
      { what: 'run' },
      { phase: 'connecting', failures: 2 },
      third,
    ],
    ['pauses an attempt', life('connecting'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['pauses a connection', life('open', { since: NOW }), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    [
      'pauses a connection that was open long enough, and resets the failure count',
      life('open', { since: NOW - 30_000, failures: 2 }),
      { what: 'pause' },
      { phase: 'paused', failures: 0 },
      { do: 'pause' },
    ],
    ['pauses while `when` decides', life('deciding'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    ['pauses a wait', life('waiting'), { what: 'pause' }, { phase: 'paused' }, { do: 'pause' }],
    [
      'stops if `connectWhile` completes during a pause',
      life('paused'),
      { what: 'settle' },
      { phase: 'over' },
      { do: 'close', reason: 'stopped' },
    ],
    [
      'stops if `connectWhile` completes without a value',
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
      'resets the failure count if the connection was open long enough',
      life('open', { since: 0, failures: 2 }),
      { what: 'renew' },
      { phase: 'connecting', failures: 0 },
      first,
    ],
    ['ends a wait', life('waiting', { failures: 2, error: boom }), { what: 'renew' }, { phase: 'connecting' }, third],
    ['waits for the decision of `when`', life('deciding'), { what: 'renew' }, { phase: 'deciding', renewed: true }],
    [
      'skips the wait that `when` then returns',
      life('deciding', { renewed: true, failures: 2, error: boom, retryable: true }),
      { what: 'decide', decision: 9000 },
      { phase: 'connecting' },
      third,
    ],
    [
      'does not save a stream that `when` ends',
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
      'clears the error, but keeps the failure count, when the connection opens',
      life('connecting', { failures: 2, error: boom, afresh: true }),
      { what: 'open' },
      { phase: 'open', since: NOW, failures: 2, error: undefined, afresh: false },
    ],
    [
      'resets the failure count at an event',
      life('open', { failures: 2 }),
      { what: 'progress' },
      { phase: 'open', failures: 0 },
    ],
  ]);
});

describe('a failure', () => {
  table([
    [
      'is passed to the policy',
      life('open', { failures: 1, since: NOW - 29_999 }),
      failed(),
      { phase: 'deciding', failures: 2, error: boom, retryable: true, clean: false },
      { do: 'ask', count: 1 },
    ],
    [
      'counts as the first after a connection that lasted `maxDelay` [pitfall 45]',
      life('open', { failures: 3, since: NOW - 30_000 }),
      failed(),
      { phase: 'deciding', failures: 1 },
      { do: 'ask', count: 0 },
    ],
    [
      'does not count as the first if only the attempt took that long',
      life('connecting', { failures: 2, since: 0 }),
      failed(),
      { phase: 'deciding', failures: 3 },
      { do: 'ask', count: 2 },
    ],
    [
      'is final when `count` is used up',
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
      'is dropped: the next attempt has no position, starts at once and is not counted',
      life('connecting', { failures: 2 }),
      failed({ isRefusal: true }),
      { phase: 'connecting', failures: 2, afresh: true },
      { do: 'connect', attempt: { count: 2, error: boom }, afresh: true },
    ],
    [
      'is a failure like any other the second time, which prevents a busy loop',
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
      'completes the stream if `onEnd` is false',
      life('open'),
      { what: 'end' },
      { phase: 'over' },
      { do: 'close', reason: 'end' },
      { onEnd: false },
    ],
    [
      'is passed to the policy',
      life('open', { since: NOW, failures: 1, error: boom }),
      { what: 'end' },
      { phase: 'deciding', failures: 2, error: undefined, clean: true, retryable: true },
      { do: 'ask', count: 1 },
    ],
    [
      'counts as the first after a connection that lasted `maxDelay` [pitfall 45]',
      life('open', { since: NOW - 60_000, failures: 3 }),
      { what: 'end' },
      { phase: 'deciding', failures: 1 },
      { do: 'ask', count: 0 },
    ],
    [
      'completes the stream when `count` is used up',
      life('open', { failures: 3, since: NOW }),
      { what: 'end' },
      { phase: 'over' },
      { do: 'close', reason: 'exhausted' },
    ],
    [
      'completes the stream if `when` returns false',
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
      'starts the wait of the policy if it is true',
      deciding,
      { what: 'decide', decision: true },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    [
      'starts a wait of the returned length',
      deciding,
      { what: 'decide', decision: 70 },
      { phase: 'waiting' },
      { do: 'wait', length: 70 },
    ],
    [
      'starts a wait of 0 ms',
      deciding,
      { what: 'decide', decision: 0 },
      { phase: 'waiting' },
      { do: 'wait', length: 0 },
    ],
    [
      'starts a wait if it is undefined and the failure is retryable',
      deciding,
      { what: 'decide', decision: undefined },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    [
      'is final if it is undefined and the failure is not retryable',
      { ...deciding, retryable: false },
      { what: 'decide', decision: undefined },
      { phase: 'over' },
      { do: 'fail', error: boom },
    ],
    [
      'overrides the default rule',
      { ...deciding, retryable: false },
      { what: 'decide', decision: true },
      { phase: 'waiting' },
      { do: 'wait', length: true },
    ],
    ['connects when the wait ends', { ...deciding, phase: 'waiting' }, { what: 'due' }, { phase: 'connecting' }, third],
  ]);
  nothing([
    ['paused', { what: 'decide', decision: true }],
    ['connecting', { what: 'decide', decision: true }],
    ['paused', { what: 'due' }],
    ['open', { what: 'due' }],
  ]);
});
