import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Subject, VirtualTimeScheduler } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle, whileTrue } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { marbles } from '../support/virtual-marbles.js';

describe('whileTrue', () => {
  const yesNo = { t: true, f: false };

  it('subscribes to the source while the condition is true', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('     a-b-c-d-e');
      const condition = hot('f--t---f--t--', yesNo);
      expectObservable(source.pipe(whileTrue(condition)), '-------------!').toBe('---a-b----a-b');
      expectSubscriptions(source.subscriptions).toBe(['---^---!', '----------^--!']);
      expectSubscriptions(condition.subscriptions).toBe('^------------!');
    });
  });

  it('doesn’t subscribe again if the condition emits true again', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('   -a-b-|');
      const condition = hot(' t-t-t-t-', yesNo);
      expectObservable(source.pipe(whileTrue(condition))).toBe('-a-b-|');
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  it('completes and errors with the source, and unsubscribes from the condition', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const condition = hot('t-------', yesNo);
      expectObservable(cold('-a-|').pipe(whileTrue(condition))).toBe('-a-|');
      expectObservable(cold('-a#').pipe(whileTrue(condition))).toBe('-a#');
      expectSubscriptions(condition.subscriptions).toBe(['^--!', '^-!']);
    });
  });

  it('continues if the condition completes while it is true, and completes otherwise', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const source = cold('-a-b-|');
      expectObservable(source.pipe(whileTrue(hot('t-|', yesNo)))).toBe('-a-b-|');
      expectObservable(source.pipe(whileTrue(hot('t-f-|', yesNo)))).toBe('-a--|');
    });
  });

  it('errors with the condition, and unsubscribes from the source', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b');
      expectObservable(source.pipe(whileTrue(hot('t-#', yesNo)))).toBe('-a#');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('allows the condition to turn false inside `next`', () => {
    const condition = new BehaviorSubject(true);
    const source = new Subject<number>();
    const values: number[] = [];
    source.pipe(whileTrue(condition)).subscribe(value => {
      values.push(value);
      condition.next(false);
    });
    source.next(1);
    source.next(2);
    expect(values).toEqual([1]);
    expect(source.observed).toBe(false);
  });

  describe('with an event stream', () => {
    let server: SseServer;
    beforeEach(async () => {
      // Each response sends one event, numbered one after the position of the request, and stays open.
      server = await SseServer.start(exchange => {
        const number = Number(exchange.lastEventId ?? 0) + 1;
        exchange.open().send(`id: ${number}\ndata: ${number}\n\n`);
      });
    });
    afterEach(() => server.close());

    it('closes the connection, resumes after the last event, and never has two requests at once [pitfall 2]', async () => {
      const visible = new BehaviorSubject(true);
      const signals: AbortSignal[] = [];
      let most = 0;
      const stream = observe(
        fromEventSource(server.url, {
          fetch: (url, init: { signal: AbortSignal }) => {
            signals.push(init.signal);
            most = Math.max(most, signals.filter(({ aborted }) => !aborted).length);
            return fetch(url, init);
          },
        }).pipe(whileTrue(visible)),
      );
      await stream.first(1);
      visible.next(false);
      await server.idle();
      expect(server.exchanges).toHaveLength(1);

      visible.next(true);
      await stream.first(2);
      // As fast as a user can switch between tabs.
      for (const value of [false, true, false, true]) visible.next(value);
      await stream.first(3);

      expect(stream.values.map(event => event.data)).toEqual(['1', '2', '3']);
      expect({ requests: signals.length, most }).toEqual({ requests: 4, most: 1 });
      stream.subscription.unsubscribe();
      await server.idle();
    });

    it('ends a wait for the next attempt, and connects at once when it is true again [pitfall 2] [pitfall 18]', async () => {
      const visible = new BehaviorSubject(true);
      const scheduler = new VirtualTimeScheduler();
      const stream = observe(fromEventSourceLifecycle(server.url, { scheduler }).pipe(whileTrue(visible)));
      await stream.find(ofKind('event'));
      (await server.exchange(0)).end();
      await stream.find(ofKind('waiting'));

      visible.next(false);
      scheduler.flush();
      expect(scheduler.now()).toBe(0);

      visible.next(true);
      await stream.find(item => item.kind === 'event' && item.event.data === '2');
      scheduler.flush();
      const once = ['connecting', 'open', 'event'];
      expect(stream.values.map(({ kind }) => kind)).toEqual([...once, 'waiting', ...once]);
      expect(server.exchanges).toHaveLength(2);
      stream.subscription.unsubscribe();
      await server.idle();
    });
  });
});
