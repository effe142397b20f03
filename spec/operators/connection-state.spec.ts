import { LOST } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, concat, repeat, take, takeWhile } from 'rxjs';
import { type ConnectionState, connectionState, IDLE_CONNECTION, whileTrue } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { describeChecked } from '../support/checked.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { COMMENT, connecting, gap, open, PAUSED, text, waiting } from '../support/steps.js';
import { follow, played, state, statuses } from './followed-states.js';

describe('connectionState', () => {
  it('emits one value per change, and none for events, comments and reconnection times', () => {
    const { followed, news } = follow();
    expect(news()).toEqual([IDLE_CONNECTION, state({ status: 'connecting' })]);

    const first = server.expectConnection({ lastEventId: '' }).open();
    expect(news()).toEqual([state({ status: 'open' })]);
    first.comment('beat').raw('retry: 2000\n\n').send({ id: 1, data: 'a' }).send({ id: 2, type: 'b', data: 'b' });
    expect(news()).toEqual([]);
    first.end();
    expect(news()).toEqual([state({ status: 'waiting', attempt: 1, retryAt: 2000, lastEventId: '2' })]);

    clock.advanceTo(2000);
    expect(news()).toEqual([state({ status: 'connecting', attempt: 1, lastEventId: '2' })]);
    server.expectConnection({ lastEventId: '2' }).refuse(503);
    const error = { name: 'ResponseStatusError', message: expect.stringContaining('503'), status: 503 };
    const refused = { attempt: 2, lastEventId: '2', error };
    expect(news()).toEqual([{ ...refused, status: 'waiting', retryAt: 6000 }]);

    clock.advanceTo(6000);
    expect(news()).toEqual([{ ...refused, status: 'connecting', retryAt: null }]);
    const third = server.expectConnection({ lastEventId: '2' }).open();
    expect(news()).toEqual([state({ status: 'open', attempt: 2, lastEventId: '2' })]);
    third.send({ id: 3, data: 'c' }).break();
    const lost = { name: 'ConnectionError', message: expect.stringContaining(LOST) };
    expect(news()).toEqual([{ status: 'waiting', attempt: 1, retryAt: 8000, lastEventId: '3', error: lost }]);

    clock.advanceTo(8000);
    expect(news()).toEqual([{ status: 'connecting', attempt: 1, retryAt: null, lastEventId: '3', error: lost }]);
    server.expectConnection().refuse(204);
    expect(news()).toEqual([state({ status: 'closed', attempt: 1, lastEventId: '3' })]);
    expect(followed.status).toBe('completed');
  });

  it('emits `failed` when the stream fails for good, and then completes', () => {
    const { followed, news } = follow();
    server.expectConnection().open().send({ id: 7, data: 'a' }).end();
    clock.advanceTo(1000);
    server.expectConnection().refuse(404);
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'waiting', 'connecting', 'failed']);
    expect(followed.status).toBe('completed');
  });

  it('is always plain data: it can be cloned, and serialized as JSON and parsed again', () => {
    const { news } = follow(lifecycle({ reconnect: { count: 2, delay: 1000, jitter: 0 } }));
    server.expectConnection().open().send({ id: 'é€😀', data: 'a' }).break();
    clock.advanceTo(1000);
    server.expectConnection().refuse(503);
    clock.runOut();
    server.expectConnection().refuse(404);
    const states = news();
    expect(new Set(statuses(states)).size).toBe(5);
    for (const state of states) {
      // A property that is `undefined` would be lost in JSON.
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
      const copy = structuredClone(state);
      expect(copy).toEqual(state);
      expect(Object.keys(copy)).toEqual(Object.keys(state));
    }
  });

  it('is `paused` without an error, and ignores gaps and snapshots', () => {
    const { play } = played();
    expect(play(PAUSED, connecting(), open(), gap('', ''), { kind: 'snapshot', snapshot: 'a' })).toMatchObject([
      state({ status: 'paused' }),
      state({ status: 'connecting' }),
      state({ status: 'open' }),
    ]);
    play(text('a', 'message', '7'), waiting(1, 1000, new Error('lost')));
    expect(play(PAUSED, COMMENT)).toEqual([state({ status: 'paused', attempt: 1, lastEventId: '7' })]);
    expect(play(connecting(0, '7'))).toEqual([state({ status: 'connecting', lastEventId: '7' })]);
  });

  it('emits `waiting` twice: while the policy decides, and when it has decided', () => {
    const { play } = played();
    play(connecting(), open());
    const error = new Error('lost');
    expect(play(waiting(1, undefined, error), waiting(1, 500, error))).toMatchObject([
      { status: 'waiting', retryAt: null, error: { message: 'lost' } },
      { status: 'waiting', retryAt: 500, error: { message: 'lost' } },
    ]);
  });

  it('takes the position from `open` if it received no `connecting` step', () => {
    const { play } = played();
    expect(play(open('7'))).toEqual([state({ status: 'open', lastEventId: '7' })]);
  });

  describeChecked('options of a wrong type', () => {
    it.each<[string, unknown, string]>([
      ['grace', -1, 'Expected milliseconds, 0 or more,'],
      ['grace', '2s', 'Expected milliseconds, 0 or more,'],
      ['scheduler', { now: () => 0 }, 'Expected a scheduler'],
    ])('throw at the call, and the error names the option: %s', (name, value, expected) => {
      expect(() => connectionState({ [name]: value })).toThrow(TypeError);
      expect(() => connectionState({ [name]: value })).toThrow(`${expected} for the option \`${name}\``);
    });

    it('throw at the call if there is no object', () => {
      expect(() => connectionState(1000 as never)).toThrow('Expected an object for the option `options`');
    });
  });

  it('emits nothing for a step that changes nothing', () => {
    const visible = new BehaviorSubject(true);
    const { news } = follow(lifecycle().pipe(whileTrue(visible)));
    server.expectConnection();
    expect(statuses(news())).toEqual(['idle', 'connecting']);
    // The same attempt starts again.
    visible.next(false);
    visible.next(true);
    expect(news()).toEqual([]);
    server.expectConnection().open();
    expect(statuses(news())).toEqual(['open']);
  });

  it('emits `closed` if the lifecycle is cut off, for example by `take` or `takeUntil`', () => {
    const { followed, news } = follow(lifecycle().pipe(take(2)));
    server.expectConnection().open();
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'closed']);
    expect(followed.status).toBe('completed');
    server.verify();
  });

  it('continues if its source connects again after `closed`', () => {
    const { news } = follow(concat(lifecycle({ reconnect: false }), lifecycle({ reconnect: false })));
    server.expectConnection().open().end();
    server.expectConnection().open().end();
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'closed', 'connecting', 'open', 'closed']);
  });

  it('tracks each subscription separately, starting with `idle`', () => {
    const state$ = lifecycle().pipe(connectionState({ scheduler: clock }));
    const one = observe(state$);
    server.expectConnection().open().send({ id: 1, data: 'a' });
    const other = observe(state$);
    server.expectConnection().fail();
    expect(statuses(one.values)).toEqual(['idle', 'connecting', 'open']);
    expect(statuses(other.values)).toEqual(['idle', 'connecting', 'waiting']);
    expect(other.values[0]).toEqual(IDLE_CONNECTION);
  });

  it('starts with `idle` on each repetition, even after a failure', () => {
    const observed = observe(lifecycle().pipe(connectionState({ scheduler: clock }), repeat(3)));
    server.expectConnection().refuse(404);
    server.expectConnection().refuse(204);
    server.expectConnection().refuse(403);
    expect(statuses(observed.values)).toEqual([
      ...['idle', 'connecting', 'failed'],
      ...['idle', 'connecting', 'closed'],
      ...['idle', 'connecting', 'failed'],
    ]);
    expect(observed.values[3]).toEqual(IDLE_CONNECTION);
    expect(observed.status).toBe('completed');
  });

  describe('unsubscribing', () => {
    const fail = () => server.expectConnection().fail();
    it.each<[ConnectionState['status'], () => void]>([
      ['connecting', () => void server.expectConnection()],
      ['open', () => void server.expectConnection().open().send('a')],
      ['waiting', fail],
    ])('leaves nothing behind while the status is %s', (status, come) => {
      const { followed, news } = follow();
      come();
      expect(news().at(-1)?.status).toBe(status);
      followed.subscription.unsubscribe();
      server.verify();
      expect(clock.timers).toBe(0);
      expect(news()).toEqual([]);
    });

    it.each(['idle', 'connecting', 'open', 'waiting'])(
      'inside `next` leaves nothing behind, at the status %s',
      last => {
        const script = fakeEventSource(connection => connection.open().end());
        const source = lifecycle({ fetch: script.fetch }).pipe(connectionState({ scheduler: clock }));
        const observed = observe(source.pipe(takeWhile(({ status }) => status !== last, true)));
        expect(observed.values.at(-1)?.status).toBe(last);
        expect(observed.status).toBe('completed');
        script.verify();
        expect(clock.timers).toBe(0);
      },
    );
  });
});
