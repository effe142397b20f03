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

  it('is whether the browser is online: at once, and with each change', () => {
    const observed = observe(online());
    expect(observed.values).toEqual([true]);
    page.setOnline(false);
    page.setOnline(true);
    expect(observed.values).toEqual([true, false, true]);
    expect(observed.status).toBe('live');
  });

  it('starts with how it is when it is subscribed to', () => {
    const source = online();
    page.navigator.onLine = false;
    expect(observe(source).values).toEqual([false]);
  });

  it('is true and completes if `navigator` does not know, as in Deno, Bun and workerd', async () => {
    Reflect.deleteProperty(page.navigator, 'onLine');
    expect(await observe(online()).completed()).toEqual([true]);
  });

  it('says nothing twice', () => {
    const observed = observe(online());
    page.setOnline(true);
    page.setOnline(false);
    page.setOnline(false);
    expect(observed.values).toEqual([true, false]);
  });

  it('touches nothing before it is subscribed to, and leaves no listener behind', () => {
    const source = online();
    expect(page.listeners).toBe(0);
    const { subscription } = observe(source);
    expect(page.listeners).toBe(2);
    subscription.unsubscribe();
    expect(page.listeners).toBe(0);
  });

  it.each([['addEventListener'], ['navigator']])('is true once and for all where there is no %s', name => {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
    const { values, status } = observe(online());
    expect({ values, status }).toEqual({ values: [true], status: 'completed' });
  });
});
