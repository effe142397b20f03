import { fromEventSource, iterateEventSource, type ServerSentEvent } from 'rx-sse';
import { type FakeEventSource, fakeEventSource } from 'rx-sse/testing';
import { map, of, Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('fakeEventSource in vitest', () => {
  let server: FakeEventSource;
  let events: ServerSentEvent[];
  let subscriptions: Subscription;
  beforeEach(() => {
    vi.useFakeTimers();
    server = fakeEventSource();
    events = [];
    subscriptions = new Subscription();
  });
  afterEach(() => {
    subscriptions.unsubscribe();
    server.verify();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const subscribe = () => {
    const chat$ = fromEventSource('/chat', { fetch: server.fetch, reconnect: { delay: 1000, jitter: 0 } });
    subscriptions.add(chat$.subscribe(event => events.push(event)));
  };

  it('delivers events within the call that sends them', () => {
    subscribe();
    server
      .expectConnection('/chat')
      .open()
      .send({ id: 1, type: 'chat', data: { text: 'hi' } });
    expect(events).toEqual([{ type: 'chat', data: '{"text":"hi"}', lastEventId: '1' }]);
  });

  it('reconnects when the fake timers have passed the wait', () => {
    subscribe();
    server.expectConnection().open().send({ id: 1, data: 'a' }).break();
    vi.advanceTimersByTime(999);
    server.expectNoConnection();
    vi.advanceTimersByTime(1);
    server.expectConnection({ lastEventId: '1' }).refuse(503);
    vi.advanceTimersByTime(2000);
    server.expectConnection({ lastEventId: '1' }).open().send('b');
    expect(events.map(({ data }) => data)).toEqual(['a', 'b']);
  });

  it('delivers events while the fake clock advances', () => {
    subscribe();
    const connection = server.expectConnection().open();
    for (let index = 1; index <= 20; index++) {
      vi.advanceTimersByTime(index);
      connection.send('a');
      expect(events).toHaveLength(index);
    }
  });

  it('can replace the global fetch', () => {
    vi.stubGlobal('fetch', server.fetch);
    subscriptions.add(fromEventSource('http://localhost/chat').subscribe(event => events.push(event)));
    vi.unstubAllGlobals();
    server.expectConnection('http://localhost/chat').open().send('a');
    expect(events).toHaveLength(1);
  });

  it('reports where an open connection was opened', () => {
    const left = fakeEventSource();
    const subscription = fromEventSource('/left', { fetch: left.fetch }).subscribe();
    expect(() => left.verify()).toThrow(
      /^Expected no connection to be left open, but there is:\n {2}GET \/left \(requested, 0 sent\), opened\n/,
    );
    expect(() => left.verify()).toThrow(/opened\n {4}at [^\n]*spec\/vitest\/fake-event-source\.test\.ts:\d+:\d+/);
    expect(() => left.verify()).not.toThrow(/src\/testing|node_modules/);
    subscription.unsubscribe();
  });

  it('works with `for await`', async () => {
    const scripted = fakeEventSource(() => of('a', 'b'));
    const seen = [];
    for await (const { data } of iterateEventSource('/jobs', { fetch: scripted.fetch, reconnect: false })) {
      seen.push(data);
    }
    expect(seen).toEqual(['a', 'b']);
    scripted.verify();
  });

  it('streams a marble diagram', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
      const scripted = fakeEventSource(() => cold('-a-b-|'));
      const reconnect = { delay: 10, jitter: 0 };
      const chat$ = fromEventSource('/chat', { fetch: scripted.fetch, reconnect }).pipe(map(({ data }) => data));
      expectObservable(chat$, '18ms !').toBe('-a-b- 10ms -a');
    });
  });
});
