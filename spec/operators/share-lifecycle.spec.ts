import { describe, expect, it } from '@jest/globals';
import { Observable, of, retry, Subject, take, takeUntil, tap } from 'rxjs';
import { connectionState, decode, events, type EventSourceLifecycle, shareLifecycle } from '../../src/index.js';
import { describeChecked } from '../support/checked.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import { CLOSED, COMMENT, connecting, gap, open, PAUSED, type Step, text, waiting } from '../support/steps.js';
import { heard, LINGER, played, say } from './played.js';

describe('shareLifecycle', () => {
  it('shares one connection: each subscriber receives the current state and all later steps', () => {
    const shared$ = lifecycle().pipe(shareLifecycle());
    const one = observe(shared$);
    const connection = server.expectConnection();
    const other = observe(shared$);
    connection.open().send('a');
    expect(heard(one as Observed<Step>)).toEqual(['connecting', 'open', 'a']);
    expect(heard(other as Observed<Step>)).toEqual(['connecting', 'open', 'a']);
    expect(server.connections).toHaveLength(1);
  });

  it('provides events and state from one connection, decoded or not', () => {
    const shared$ = lifecycle().pipe(decode({ count: Number }), shareLifecycle());
    const state = observe(shared$.pipe(connectionState({ scheduler: clock })));
    const connection = server.expectConnection().open();
    const counts = observe(shared$.pipe(events()));
    connection.send({ type: 'count', data: '7' });
    expect(counts.values).toEqual([{ type: 'count', data: 7, lastEventId: '' }]);
    connection.break();
    expect(state.values.map(({ status }) => status)).toEqual(['idle', 'connecting', 'open', 'waiting']);
    const late = observe(shared$.pipe(connectionState({ scheduler: clock })));
    expect(late.values.map(({ status }) => status)).toEqual(['idle', 'waiting']);
    expect(server.connections).toHaveLength(1);
  });

  describe('a late subscriber', () => {
    it.each<[string, Step[], string[]]>([
      ['nothing if the source has emitted nothing', [], []],
      ['`connecting`', [connecting()], ['connecting']],
      ['`open`', [connecting(), open()], ['open']],
      ['only `open`, not the event, gap and comment after it', [open(), text('a'), gap('', ''), COMMENT], ['open']],
      ['only `open`, not the snapshot after it', [open(), { kind: 'snapshot', snapshot: 's' }], ['open']],
      ['`waiting`', [open(), text('a'), waiting()], ['waiting']],
      ['`paused`', [open(), PAUSED], ['paused']],
      ['the newest of two `waiting` steps', [waiting(1), waiting(1, 500)], ['waiting']],
    ])('receives %s', (_what, before, expected) => {
      const { shared$, play } = played();
      observe(shared$);
      play(...before);
      const late = observe(shared$);
      expect(heard(late)).toEqual(expected);
      expect(late.values[0]).toBe(before.filter(({ kind }) => kind === expected[0]).at(-1));
      play(text('b'), PAUSED);
      expect(heard(late)).toEqual([...expected, 'b', 'paused']);
    });

    it('that subscribes inside a `next` receives each step once', () => {
      const { shared$, play } = played();
      const late: Observed<Step>[] = [];
      observe(shared$.pipe(tap(() => late.push(observe(shared$)))));
      play(connecting(), text('a'), open());
      play(text('b'));
      expect(late.map(heard)).toEqual([
        ['connecting', 'a', 'open', 'b'],
        ['connecting', 'open', 'b'],
        ['open', 'b'],
        ['open'],
      ]);
    });

    it('that unsubscribes at the current state receives nothing else, and doesn’t affect the others', () => {
      const { shared$, play, count } = played();
      const one = observe(shared$);
      play(open());
      const late = observe(shared$.pipe(take(1)));
      play(text('a'));
      expect(heard(late)).toEqual(['open']);
      expect(heard(one)).toEqual(['open', 'a']);
      expect(count).toEqual({ subscribed: 1, live: 1 });
    });

    it('that makes all unsubscribe at the current state closes the connection, and opens no other', () => {
      const { shared$, play, count } = played();
      const leave = new Subject<void>();
      observe(shared$.pipe(takeUntil(leave)));
      play(open());
      observe(
        shared$.pipe(
          tap(() => leave.next()),
          takeUntil(leave),
        ),
      );
      expect(count).toEqual({ subscribed: 1, live: 0 });
    });

    it('that pauses the stream at the current state receives `paused` next', () => {
      const { shared$, play } = played();
      const one = observe(shared$);
      play(open());
      const late = observe(shared$.pipe(tap(({ kind }) => kind === 'open' && play(PAUSED))));
      expect(heard(late)).toEqual(['open', 'paused']);
      expect(heard(one)).toEqual(['open', 'paused']);
    });

    it('that subscribes inside `next` of `closed` receives `closed`, and completes', () => {
      const { shared$, play, complete, count } = played();
      let late: Observed<Step> | undefined;
      observe(shared$.pipe(tap(({ kind }) => kind === 'closed' && (late = observe(shared$)))));
      play(open(), CLOSED);
      complete();
      expect({ heard: late && heard(late), status: late?.status }).toEqual({ heard: ['closed'], status: 'completed' });
      expect(count).toEqual({ subscribed: 1, live: 0 });
    });
  });

  describe('a step that a subscriber causes inside its `next`', () => {
    it('follows the current step for all subscribers', () => {
      const { shared$, play } = played();
      const one = observe(shared$.pipe(tap(step => say(step) === 'logout' && play(PAUSED, text('never')))));
      const other = observe(shared$);
      play(open(), text('logout'));
      const expected = ['open', 'logout', 'paused', 'never'];
      expect([heard(one), heard(other)]).toEqual([expected, expected]);
    });

    it.each(['fail', 'complete'] as const)('can make the stream %s for all subscribers', end => {
      const all = played();
      const one = observe(all.shared$.pipe(tap(({ kind }) => kind === 'open' && all[end](new Error('gone')))));
      const other = observe(all.shared$);
      all.play(open());
      expect([heard(one), heard(other)]).toEqual([['open'], ['open']]);
      const status = end === 'fail' ? 'failed' : 'completed';
      expect([one.status, other.status]).toEqual([status, status]);
      expect(all.count.live).toBe(0);
    });
  });

  describe('a synchronous source', () => {
    it('sends the first subscriber the lifecycle from the start, and completes', () => {
      const observed = observe(of(connecting(), open(), text('a')).pipe(shareLifecycle()));
      expect(heard(observed)).toEqual(['connecting', 'open', 'a']);
      expect(observed.status).toBe('completed');
    });

    it('is unsubscribed from if its subscriber unsubscribes in the middle', () => {
      let said = 0;
      let live = true;
      const source = new Observable<Step>(subscriber => {
        subscriber.add(() => (live = false));
        for (const step of [connecting(), open(), text('a')]) {
          if (subscriber.closed) break;
          said++;
          subscriber.next(step);
        }
      });
      const observed = observe(source.pipe(shareLifecycle(), take(1)));
      expect({ heard: heard(observed), said, live }).toEqual({ heard: ['connecting'], said: 1, live: false });
    });

    it('lingers if its subscriber unsubscribes in the middle', () => {
      let live = true;
      const source = new Observable<Step>(subscriber => {
        subscriber.add(() => (live = false));
        subscriber.next(connecting());
        subscriber.next(open());
      });
      const shared$ = source.pipe(shareLifecycle({ linger: LINGER, scheduler: clock }));
      observe(shared$.pipe(take(1)));
      expect(live).toBe(true);
      expect(heard(observe(shared$.pipe(take(1))))).toEqual(['open']);
      clock.advanceTo(LINGER);
      expect(live).toBe(false);
    });

    it('is shared with a subscriber that joins in the middle', () => {
      let late: Observed<Step> | undefined;
      const shared$ = of(connecting(), open(), text('a')).pipe(shareLifecycle());
      observe(shared$.pipe(tap(() => (late ??= observe(shared$)))));
      expect(late && heard(late)).toEqual(['connecting', 'open', 'a']);
    });
  });

  describe('the end of the source', () => {
    it.each(['fail', 'complete'] as const)('reaches all subscribers, and the next one starts again: %s', end => {
      const all = played();
      const both = [observe(all.shared$), observe(all.shared$)];
      all.play(open());
      all[end](new Error('gone'));
      const status = end === 'fail' ? 'failed' : 'completed';
      expect(both.map(({ status }) => status)).toEqual([status, status]);
      const next = observe(all.shared$);
      all.play(connecting());
      expect(heard(next)).toEqual(['connecting']);
      expect(all.count).toEqual({ subscribed: 2, live: 1 });
    });

    it('leads to one connection for all subscribers that retry', () => {
      const shared$ = lifecycle().pipe(shareLifecycle());
      const many = Array.from({ length: 3 }, () => observe(shared$.pipe(retry(1))));
      server.expectConnection().open().send({ id: 7, data: 'a' }).end();
      clock.advanceTo(1000);
      server.expectConnection({ lastEventId: '7' }).refuse(404);
      server.expectConnection({ lastEventId: '7' }).open().send('b');
      expect(server.connections).toHaveLength(3);
      for (const one of many) {
        expect(heard(one as Observed<Step>)).toEqual([
          ...['connecting', 'open', 'a', 'waiting', 'connecting'],
          ...['connecting', 'open', 'b'],
        ]);
      }
    });
  });

  it('shares each source separately, even if the operator is stored and reused', () => {
    const share = shareLifecycle<EventSourceLifecycle>();
    const one = observe(share(lifecycle()));
    server.expectConnection().open();
    const other = observe(share(lifecycle()));
    server.expectConnection();
    expect(heard(one as Observed<Step>)).toEqual(['connecting', 'open']);
    expect(heard(other as Observed<Step>)).toEqual(['connecting']);
  });

  describeChecked('options of a wrong type', () => {
    it.each<[string, unknown, string]>([
      ['linger', -1, 'Expected milliseconds, 0 or more,'],
      ['linger', NaN, 'Expected milliseconds, 0 or more,'],
      ['scheduler', {}, 'Expected a scheduler'],
    ])('throw at the call, and the error names the option: %s', (name, value, expected) => {
      expect(() => shareLifecycle({ [name]: value })).toThrow(TypeError);
      expect(() => shareLifecycle({ [name]: value })).toThrow(`${expected} for the option \`${name}\``);
    });

    it('throw at the call if there is no object', () => {
      expect(() => shareLifecycle(5000 as never)).toThrow('Expected an object for the option `options`');
    });
  });
});
