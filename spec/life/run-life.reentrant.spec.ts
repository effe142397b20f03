import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Observable, Subject, tap } from 'rxjs';
import type { EventSourceLifecycle, EventSourceOptions, Flush } from '../../src/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import { kinds } from './kinds.js';
import { live } from './live.js';

const boom = new Error('boom');

describe('within `next` of the last event', () => {
  it.each(['pause', 'renewal'])('a %s comes too late', what => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const stream = lifecycle({ connectWhile, renew, isLast: ({ data }) => data === '[DONE]' });
    const observed = observe(
      new Observable<EventSourceLifecycle>(subscriber =>
        stream.subscribe({
          next: step => {
            subscriber.next(step);
            if (step.kind !== 'event') return;
            if (what === 'pause') connectWhile.next(false);
            else renew.next();
          },
          complete: () => subscriber.complete(),
        }),
      ),
    );
    server.expectConnection().open().raw('data: [DONE]\n\ndata: more\n\n');
    expect(kinds(observed)).toBe('connecting open event closed');
    expect(observed.status).toBe('completed');
  });
});

describe('within `next`', () => {
  /** Observes a stream through an operator that acts before it passes a step on. */
  const behind = (options: EventSourceOptions, act: (data: string) => void) =>
    observe(lifecycle(options).pipe(tap(step => step.kind === 'event' && act(step.event.data))));
  const said = ({ values }: Observed<EventSourceLifecycle>) =>
    values.map(step => (step.kind === 'event' ? step.event.data : step.kind)).join(' ');
  const CHUNK = 'data: a\n\ndata: b\n\ndata: c\n\n';

  it('a pause and a renewal take effect after the received events, in order', () => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const stream = behind({ connectWhile, renew }, data => {
      if (data === 'a') connectWhile.next(false);
      if (data === 'b') connectWhile.next(true);
      if (data === 'c') renew.next();
    });
    server.expectConnection().open().raw(CHUNK);
    expect(said(stream)).toBe('connecting open a b c paused connecting connecting');
    server.expectConnection();
    server.expectConnection();
  });

  it('an error of `connectWhile` loses no received event', () => {
    const connectWhile = new BehaviorSubject(true);
    const stream = behind({ connectWhile }, data => {
      if (data === 'a') connectWhile.error(boom);
    });
    server.expectConnection().open().raw(CHUNK);
    expect(said(stream)).toBe('connecting open a b c');
    expect(stream.error).toBe(boom);
  });

  it('a flush delivers no more than its limit, in order', () => {
    const connectWhile = new BehaviorSubject(true);
    let flush: Flush = () => 0;
    const hold = { deliver: (given: Flush) => void (flush = given) };
    const stream = behind({ connectWhile, ...hold }, data => {
      if (data === 'a') connectWhile.next(false);
    });
    server.expectConnection().open().raw(CHUNK);
    expect(flush(3)).toBe(3);
    expect(said(stream)).toBe('connecting open a');
    expect(flush()).toBe(0);
    expect(said(stream)).toBe('connecting open a b c paused');
  });
});

describe('within a function of the policy', () => {
  const ACTS = ['pause', 'renew', 'unsubscribe'] as const;

  it.each(['when', 'delay', 'wake'] as const)('%s, an action takes effect, and no wait is announced', where => {
    for (const what of ACTS) {
      const connectWhile = new BehaviorSubject(true);
      const renew = new Subject<void>();
      const act = () => {
        if (what === 'pause') connectWhile.next(false);
        else if (what === 'renew') renew.next();
        else stream.subscription.unsubscribe();
      };
      let delivered = 0;
      const policy: EventSourceOptions['reconnect'] = {
        delay: () => (where === 'delay' && act(), 1000),
        when: () => (where === 'when' && act(), true),
        wake: new Observable(() => {
          if (where === 'wake') act();
        }),
      };
      const deliver = (flush: Flush) => {
        delivered++;
        flush();
      };
      const stream = observe(lifecycle({ connectWhile, renew, deliver, reconnect: policy }));
      const first = server.expectConnection();
      first.fail();
      expect(kinds(stream)).toBe(
        { pause: 'connecting paused', renew: 'connecting connecting', unsubscribe: 'connecting' }[what],
      );
      expect(delivered).toBe(stream.values.length);
      if (what === 'renew') server.expectConnection();
      expect(clock.timers).toBe(0);
      stream.subscription.unsubscribe();
    }
  });
});

describe('a transport that renews when it is aborted', () => {
  const renewingOnAbort = (renew: Subject<void>): EventSourceOptions => ({
    renew,
    fetch: (url: string, init: { signal: AbortSignal }) => {
      // The end of the first attempt starts the second, which must have an end of its own.
      if (server.connections.length === 0) init.signal.addEventListener('abort', () => renew.next());
      return server.fetch(url, init);
    },
  });

  it.each(['lost connection', 'failed request', 'renewal'])(
    'renews after a %s, and the next attempt is aborted in its turn',
    how => {
      const renew = new Subject<void>();
      const stream = observe(lifecycle(renewingOnAbort(renew)));
      const first = server.expectConnection();
      if (how === 'lost connection') first.open().break();
      else if (how === 'failed request') first.fail();
      else renew.next();
      server.expectConnection();
      stream.subscription.unsubscribe();
      expect(live()).toEqual([]);
    },
  );

  it('does not connect while it is paused', () => {
    const connectWhile = new BehaviorSubject(true);
    const stream = observe(lifecycle({ ...renewingOnAbort(new Subject()), connectWhile }));
    server.expectConnection().open();
    connectWhile.next(false);
    expect(live()).toEqual([]);
    server.expectNoConnection();
    connectWhile.next(true);
    server.expectConnection();
    stream.subscription.unsubscribe();
    expect(live()).toEqual([]);
  });
});
