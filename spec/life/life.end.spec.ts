import { describe, expect, it } from '@jest/globals';
import { decide, type Happening } from '../../src/life/life.js';
import { boom, failed, life, NOW, RULES } from './decision-table.js';

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
