import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { online } from '../../src/index.js';
import { observe, unobserve } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';

describe('online', () => {
  let page: VirtualPage;
  beforeEach(() => {
    page = new VirtualPage();
  });
  afterEach(() => {
    unobserve();
    page.remove();
  });

  it('emits whether the browser is online, at once and on each change', () => {
    const observed = observe(online());
    expect(observed.values).toEqual([true]);
    page.setOnline(false);
    page.setOnline(true);
    expect(observed.values).toEqual([true, false, true]);
    expect(observed.status).toBe('live');
  });

  it('starts with the state at the time of subscribing', () => {
    const source = online();
    page.navigator.onLine = false;
    expect(observe(source).values).toEqual([false]);
  });

  it('emits true and completes if `navigator` has no `onLine`, as in Deno, Bun and workerd', async () => {
    Reflect.deleteProperty(page.navigator, 'onLine');
    expect(await observe(online()).completed()).toEqual([true]);
  });

  it('emits no value twice in a row', () => {
    const observed = observe(online());
    page.setOnline(true);
    page.setOnline(false);
    page.setOnline(false);
    expect(observed.values).toEqual([true, false]);
  });

  it('adds no listener before you subscribe, and removes its listeners on unsubscribe', () => {
    const source = online();
    expect(page.listeners).toBe(0);
    const { subscription } = observe(source);
    expect(page.listeners).toBe(2);
    subscription.unsubscribe();
    expect(page.listeners).toBe(0);
  });

  it.each([['addEventListener'], ['navigator']])('emits true and completes if there is no %s', name => {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
    const { values, status } = observe(online());
    expect({ values, status }).toEqual({ values: [true], status: 'completed' });
  });
});
