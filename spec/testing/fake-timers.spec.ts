import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';

describe('a fake server with the fake timers of jest', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('delivers events without timers', () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch }));
    server.expectConnection().open().send('a');
    expect(events.values).toMatchObject([{ data: 'a' }]);
    events.subscription.unsubscribe();
    expect(jest.getTimerCount()).toBe(0);
    server.verify();
  });

  it('reconnects after the wait, and not before', () => {
    const server = fakeEventSource();
    const { subscription } = observe(
      fromEventSource('/a', { fetch: server.fetch, reconnect: { delay: 1000, factor: 2, jitter: 0 } }),
    );
    server.expectConnection().open().send({ id: 1, data: 'a' }).break();
    for (const wait of [1000, 2000, 4000]) {
      jest.advanceTimersByTime(wait - 1);
      server.expectNoConnection();
      jest.advanceTimersByTime(1);
      server.expectConnection({ lastEventId: '1' }).refuse(503);
    }
    subscription.unsubscribe();
    expect(jest.getTimerCount()).toBe(0);
    server.verify();
  });

  it('delivers events after any amount of time, and after the clock is set back', () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch }));
    const connection = server.expectConnection().open();
    for (let index = 1; index <= 50; index++) {
      jest.advanceTimersByTime(index);
      connection.send('a');
      expect(events.values).toHaveLength(index);
    }
    jest.setSystemTime(0);
    connection.send('a').raw(`data: ${'a'.repeat(1_000_000)}\n\n`);
    expect(events.values).toHaveLength(52);
  });

  it('measures the downtime with the fake clock', () => {
    const server = fakeEventSource();
    const steps = observe(fromEventSourceLifecycle('/a', { fetch: server.fetch, reconnect: { jitter: 0 } }));
    server.expectConnection().open().end();
    jest.advanceTimersByTime(3000);
    server.expectConnection().open();
    expect(steps.values.at(-1)).toMatchObject({ kind: 'open', downtime: 3000 });
  });

  it('closes the connection after an idle timeout, and reconnects', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { fetch: server.fetch, idleTimeout: 5000, reconnect: { jitter: 0 } }));
    const connection = server.expectConnection().open();
    jest.advanceTimersByTime(4000);
    connection.comment('beat');
    jest.advanceTimersByTime(4999);
    expect(connection.state).toBe('open');
    jest.advanceTimersByTime(1);
    expect(connection.state).toBe('closed');
    jest.advanceTimersByTime(3000);
    server.expectConnection();
  });

  it('waits for connections whose options are asynchronous', async () => {
    const server = fakeEventSource();
    const events = observe(
      fromEventSource('/a', { fetch: server.fetch, headers: () => Promise.resolve({ authorization: 'x' }) }),
    );
    (await server.nextConnection({ headers: { authorization: 'x' } })).open().send('a');
    expect(events.values).toHaveLength(1);
  });

  it('reports a failure with a timer if there is a document, as in jsdom', () => {
    const page = new VirtualPage();
    try {
      const server = fakeEventSource();
      const events = observe(fromEventSource('/a', { fetch: server.fetch, reconnect: false }));
      server.expectConnection().refuse(404);
      expect(events.status).toBe('live');
      jest.advanceTimersByTime(0);
      expect(events.status).toBe('failed');
    } finally {
      page.remove();
    }
  });
});
