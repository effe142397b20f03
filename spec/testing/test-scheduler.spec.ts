import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { animationFrames, map, retry, share, skip, take, timer } from 'rxjs';
import { backoff, batchPerFrame, connectionState, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { type FakeEvent, fakeEventSource } from '../../src/testing/index.js';
import { marbles } from '../support/virtual-marbles.js';
import { VirtualPage } from '../support/virtual-page.js';

const dataOf = map(({ data }: { data: string }) => data);

describe('a fake server in marble tests', () => {
  it('streams a marble diagram, and completes with it', () => {
    marbles(({ cold, expectObservable }) => {
      const server = fakeEventSource(() => cold('-a-(bc)-|'));
      const events = fromEventSource('/a', { fetch: server.fetch, reconnect: false }).pipe(dataOf);
      expectObservable(events).toBe('           -a-(bc)-|');
    });
  });

  it('streams events with all their fields', () => {
    marbles(({ cold, expectObservable }) => {
      const sent: Record<string, FakeEvent> = {
        a: { id: 1, type: 'chat', data: { text: 'hi' } },
        b: { retry: 500 },
        c: { comment: 'beat' },
      };
      const server = fakeEventSource(() => cold('-a-b-c', sent));
      const kinds = fromEventSourceLifecycle('/a', { fetch: server.fetch }).pipe(map(({ kind }) => kind));
      const seen = { x: 'connecting', y: 'open', e: 'event', r: 'retry-time', c: 'comment' };
      // Values in parentheses are emitted at the same moment. Time continues from there.
      expectObservable(kinds.pipe(skip(2)), '------!').toBe('-e-r-c', seen);
      expectObservable(kinds.pipe(take(2))).toBe('(xy|)', seen);
    });
  });

  it('unsubscribes from the diagram as soon as it has no subscriber', () => {
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const played = cold('                     -a-b-c-d');
      const server = fakeEventSource(() => played);
      const events = fromEventSource('/a', { fetch: server.fetch }).pipe(dataOf);
      expectObservable(events, '                ----!').toBe('-a-b');
      expectObservable(events.pipe(take(1))).toBe('-(a|)');
      expectSubscriptions(played.subscriptions).toBe(['^---!', '^!']);
      flush();
      server.verify();
    });
  });

  it('reconnects and resumes after a clean end, a break, a failure and a refusal, with growing waits', () => {
    marbles(({ cold, expectObservable, flush }) => {
      const server = fakeEventSource(connection => {
        switch (connection.index) {
          case 0:
            return cold('-a-|', { a: { id: 1, data: 'a' } });
          case 1:
            return cold('-b-#', { b: { id: 2, data: 'b' } });
          case 2:
            return connection.fail();
          case 3:
            return connection.refuse(503);
          case 4:
            return cold('-c', { c: { id: 3, data: 'c' } });
        }
      });
      const reconnect = { delay: 10, factor: 2, jitter: 0 };
      const events = fromEventSource('/a', { fetch: server.fetch, reconnect }).pipe(dataOf);
      // After an event, the first wait is 10 ms, then 20 and 40 ms.
      expectObservable(events, '1s !').toBe('-a- 10ms -b- 10ms 20ms 40ms -c');
      flush();
      expect(server.connections.map(({ lastEventId }) => lastEventId)).toEqual(['', '1', '2', '2', '2']);
      server.verify();
    });
  });

  it('waits for the time in Retry-After', () => {
    marbles(({ cold, expectObservable }) => {
      const server = fakeEventSource(connection =>
        connection.index === 0 ? connection.refuse(429, { headers: { 'retry-after': '2' } }) : cold('a|'),
      );
      const events = fromEventSource('/a', {
        fetch: server.fetch,
        reconnect: { delay: 10, jitter: 0, onEnd: false },
      });
      expectObservable(events.pipe(dataOf)).toBe('2s a|');
    });
  });

  it('fails when the `count` of retries is used up', () => {
    marbles(({ expectObservable, flush }) => {
      const server = fakeEventSource(connection => connection.refuse(500));
      const states = fromEventSourceLifecycle('/a', {
        fetch: server.fetch,
        reconnect: { count: 2, delay: 10, jitter: 0 },
      }).pipe(
        connectionState(),
        map(({ status }) => status),
      );
      expectObservable(states).toBe('(icw) 5ms (cw) 16ms (cf|)', {
        i: 'idle',
        c: 'connecting',
        w: 'waiting',
        f: 'failed',
      });
      flush();
      expect(server.connections).toHaveLength(3);
    });
  });

  it('shows timeouts: of missing headers, and of a silent stream', () => {
    marbles(({ cold, expectObservable, flush }) => {
      const server = fakeEventSource(connection => (connection.index === 0 ? undefined : cold('a-b')));
      const events = fromEventSource('/a', {
        fetch: server.fetch,
        connectTimeout: 100,
        idleTimeout: 50,
        reconnect: { delay: 10, jitter: 0 },
      });
      expectObservable(events.pipe(dataOf), '200ms !').toBe('110ms a-b 59ms a-b');
      flush();
      server.verify();
    });
  });

  it('works with several subscribers, operators with frames, and RxJS `retry`', () => {
    marbles(({ cold, animate, expectObservable }) => {
      animate('                               ---x---x');
      const server = fakeEventSource(() => cold('-ab-c|'));
      const shared = fromEventSource('/a', { fetch: server.fetch, reconnect: false }).pipe(share());
      expectObservable(shared.pipe(dataOf)).toBe('-ab-c|');
      expectObservable(shared.pipe(dataOf, batchPerFrame(animationFrames()))).toBe('---x-(y|)', {
        x: ['a', 'b'],
        y: ['c'],
      });
    });
    marbles(({ cold, expectObservable }) => {
      const server = fakeEventSource(({ index }) => (index === 0 ? cold('-a#') : cold('-b|')));
      const events = fromEventSource('/a', { fetch: server.fetch, reconnect: false });
      const retried = events.pipe(retry({ delay: backoff({ delay: 10, jitter: 0 }) }), dataOf);
      expectObservable(retried).toBe('-a 10ms -b|');
    });
  });

  it('can be controlled at any time from the test', () => {
    marbles(({ expectObservable }) => {
      const server = fakeEventSource();
      timer(5).subscribe(() => server.expectConnection().open());
      timer(10).subscribe(() => server.connections[0]?.send('a'));
      timer(20).subscribe(() => server.connections[0]?.end());
      const events = fromEventSource('/a', { fetch: server.fetch, reconnect: false });
      expectObservable(events.pipe(dataOf)).toBe('10ms a 9ms |');
    });
  });

  describe('with a document, as in jsdom', () => {
    let page: VirtualPage;
    beforeEach(() => {
      page = new VirtualPage();
    });
    afterEach(() => page.remove());

    it('still reconnects after failures', () => {
      marbles(({ cold, expectObservable, flush }) => {
        const server = fakeEventSource(connection => {
          if (connection.index === 0) return cold('-a-#', { a: { id: 1, data: 'a' } });
          return connection.index === 1 ? connection.refuse(503) : cold('-b');
        });
        const reconnect = { delay: 10, jitter: 0 };
        const events = fromEventSource('/a', { fetch: server.fetch, reconnect }).pipe(dataOf);
        expectObservable(events, '1s !').toBe('-a- 10ms 20ms -b');
        flush();
        server.verify();
      });
    });

    it('reconnects at once when the page is back online', () => {
      marbles(({ cold, expectObservable, flush }) => {
        const server = fakeEventSource(({ index }) => cold(index === 0 ? '-a-|' : '-b'));
        const reconnect = { delay: 1000, jitter: 0 };
        const events = fromEventSource('/a', { fetch: server.fetch, reconnect }).pipe(dataOf);
        timer(13).subscribe(() => page.setOnline(true));
        expectObservable(events, '20ms !').toBe('-a- 10ms -b');
        flush();
        server.verify();
        expect(page.listeners).toBe(0);
      });
    });
  });
});
