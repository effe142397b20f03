import { describe, expect, it } from '@jest/globals';
import { memoryLastEventId } from '../../src/index.js';

describe('memoryLastEventId', () => {
  it('returns the initial id, then the id that was set', () => {
    expect(memoryLastEventId().get()).toBe('');
    const store = memoryLastEventId('5');
    expect(store.get()).toBe('5');
    store.set('6');
    expect(store.get()).toBe('6');
  });
});
