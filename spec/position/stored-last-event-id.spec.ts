import { describe, expect, it } from '@jest/globals';
import { storedLastEventId } from '../../src/index.js';

describe('storedLastEventId', () => {
  it('keeps the id under its key, and removes the key when the position is cleared', () => {
    const items = new Map([['other', 'x']]);
    const store = storedLastEventId('chat', {
      getItem: key => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: key => void items.delete(key),
    });
    expect(store.get()).toBeNull();
    store.set('7');
    expect(store.get()).toBe('7');
    expect(items.get('chat')).toBe('7');
    store.set('');
    expect([...items.keys()]).toEqual(['other']);
  });

  it('hands the Promises of an asynchronous storage on', async () => {
    const store = storedLastEventId('chat', {
      getItem: () => Promise.resolve('7'),
      setItem: () => Promise.reject(new Error('full')),
      removeItem: () => Promise.resolve(),
    });
    expect(await store.get()).toBe('7');
    await expect(store.set('8')).rejects.toThrow('full');
  });
});
