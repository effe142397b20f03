import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromEventSource, pageVisible } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { VirtualPage } from '../support/virtual-page.js';

describe('pageVisible', () => {
  let page: VirtualPage;
  beforeEach(() => {
    page = new VirtualPage();
  });
  afterEach(() => page.remove());

  it('emits whether the page is visible, at once and on each change', () => {
    const observed = observe(pageVisible());
    page.setVisible(false);
    page.setVisible(false);
    page.setVisible(true);
    expect(observed.values).toEqual([true, false, true]);
    expect(observed.status).toBe('live');
  });

  it('starts with the state at the time of subscribing', () => {
    const source = pageVisible();
    page.setVisible(false);
    expect(observe(source).values).toEqual([false]);
  });

  it('treats a prerendered page as visible', () => {
    page.document.visibilityState = 'prerender';
    expect(observe(pageVisible()).values).toEqual([true]);
  });

  it('adds no listener before you subscribe, and removes its listener on unsubscribe', () => {
    const source = pageVisible();
    expect(page.listeners).toBe(0);
    const { subscription } = observe(source);
    expect(page.listeners).toBe(1);
    subscription.unsubscribe();
    expect(page.listeners).toBe(0);
  });

  it('emits true and completes if there is no page', () => {
    page.remove();
    const { values, status } = observe(pageVisible());
    expect({ values, status }).toEqual({ values: [true], status: 'completed' });
  });

  it('isn’t used by a stream on its own: a hidden page keeps its connection [pitfall 18]', async () => {
    const server = await SseServer.start();
    try {
      const stream = observe(fromEventSource(server.url));
      const exchange = await server.exchange(0);
      exchange.open().send('data: a\n\n');
      await stream.first(1);
      page.setVisible(false);
      // The listener for `beforeunload`.
      expect(page.listeners).toBe(1);
      exchange.send('data: b\n\n');
      await stream.first(2);
      page.setVisible(true);
      exchange.send('data: c\n\n');
      await stream.first(3);
      expect(server.exchanges).toHaveLength(1);
      stream.subscription.unsubscribe();
      await server.idle();
    } finally {
      await server.close();
    }
  });
});
