import { noAnswer } from '#texts';
import { describe, expect, it, jest } from '@jest/globals';
import {
  EMPTY,
  NEVER,
  Observable,
  of,
  retry,
  share,
  startWith,
  Subject,
  type Subscription,
  take,
  throwError,
} from 'rxjs';
import {
  type Answer,
  batchPerFrame,
  ConnectionError,
  decode,
  EventSourceError,
  type EventSourceLifecycle,
  fromEventSourceLifecycle,
  json,
  ofEventType,
  reconnect,
  type ServerSentEvent,
  type SnapshotLifecycle,
  type SnapshotOptions,
  withSnapshot,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { itChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';

type Lifecycle = EventSourceLifecycle;
type Merged = Lifecycle | SnapshotLifecycle<number>;

const connecting: Lifecycle = { kind: 'connecting', attempt: 0, lastEventId: '' };
const open = (resumedFrom = ''): Lifecycle => ({
  kind: 'open',
  url: '/stream',
  status: 200,
  headers: new Headers(),
  resumedFrom,
  downtime: 0,
});
const event = (number: number): Lifecycle => ({
  kind: 'event',
  event: { type: 'message', data: `${number}`, lastEventId: `${number}` },
});
const gap: Lifecycle = { kind: 'gap', requested: '1', resumed: '' };
const comment: Lifecycle = { kind: 'comment', text: '' };
const waiting: Lifecycle = { kind: 'waiting', delay: 1000, attempt: 1, error: new Error('lost') };
const paused: Lifecycle = { kind: 'paused' };
const closed: Lifecycle = { kind: 'closed', reason: 'end' };

/** Returns a step as short text: the data of an event, `=` and the content of a snapshot, or the kind of the step. */
const say = (step: Lifecycle | SnapshotLifecycle): string =>
  step.kind === 'event' ? step.event.data : step.kind === 'snapshot' ? `=${String(step.snapshot)}` : step.kind;

/** Here, a snapshot is the number of the last event that it contains. */
const isIn = ({ lastEventId }: ServerSentEvent<unknown>, snapshot: number) => Number(lastEventId) <= snapshot;

/** A stream whose steps and snapshots the test provides. */
class Stand {
  readonly source = new Subject<Lifecycle>();
  readonly loads: Subject<number>[] = [];
  readonly clock = new Clock();
  readonly load = jest.fn((): Answer<number> => {
    const answer = new Subject<number>();
    this.loads.push(answer);
    return answer;
  });

  merged(options: Partial<SnapshotOptions<number>> = {}) {
    return this.source.pipe(
      withSnapshot({ load: this.load, isIn, scheduler: this.clock, reconnect: { delay: 1000, jitter: 0 }, ...options }),
    );
  }

  send(...steps: Lifecycle[]): void {
    for (const step of steps) this.source.next(step);
  }

  answer(snapshot: number, index = this.loads.length - 1): void {
    this.loads[index]?.next(snapshot);
  }

  /** Whether each load is still subscribed to. */
  get observed(): boolean[] {
    return this.loads.map(({ observed }) => observed);
  }
}

/** Observes the stream of a `Stand`. `said` returns its steps as short text. */
function stand(options: Partial<SnapshotOptions<number>> = {}) {
  const stand = new Stand();
  const stream = observe(stand.merged(options));
  return { stand, stream, said: () => stream.values.map(say).join(' ') };
}

/** Resolves after all microtasks have run. */
const settled = () => new Promise(resolve => setImmediate(resolve));

const fail = (reason: unknown) => () => {
  throw reason;
};

describe('withSnapshot', () => {
  describe('when the stream opens', () => {
    it('loads after `open`, keeps the events meanwhile, and continues live [pitfall 51]', () => {
      const { stand: s, said } = stand();
      s.send(connecting);
      expect(s.load).not.toHaveBeenCalled();
      s.send(open(), event(1), event(2), event(3));
      expect(s.load).toHaveBeenCalledTimes(1);
      expect(said()).toBe('connecting open');
      s.answer(1);
      expect(said()).toBe('connecting open =1 2 3');
      s.send(event(4));
      expect(said()).toBe('connecting open =1 2 3 4');
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('emits the steps and the snapshot unchanged', () => {
      const source = new Subject<Lifecycle>();
      const snapshot = { orders: [] };
      const { values } = observe(source.pipe(withSnapshot({ load: () => snapshot, isIn: () => false })));
      const steps = [open(), event(1)];
      for (const step of steps) source.next(step);
      expect(values).toEqual([steps[0], { kind: 'snapshot', snapshot }, steps[1]]);
      expect(values[0]).toBe(steps[0]);
      expect(values[1]).toHaveProperty('snapshot', snapshot);
      expect((values[1] as SnapshotLifecycle).snapshot).toBe(snapshot);
      expect(values[2]).toBe(steps[1]);
    });

    it.each<[string, (value: number) => Answer<number>]>([
      ['a value', value => value],
      ['an Observable that answers at once', value => of(value)],
      ['an Observable that answers at once and stays alive', value => NEVER.pipe(startWith(value))],
    ])('emits the snapshot directly after `open` if `load` returns %s', (_, answer) => {
      const { stand: s, said } = stand({ load: () => answer(2) });
      s.send(open(), event(2), event(3));
      expect(said()).toBe('open =2 3');
    });

    it.each([undefined, null, 0, '', false])('accepts %p as a snapshot', snapshot => {
      const source = new Subject<Lifecycle>();
      const asked = jest.fn(() => false);
      const { values } = observe(source.pipe(withSnapshot({ load: () => snapshot, isIn: asked })));
      source.next(open());
      source.next(event(1));
      expect(values.map(({ kind }) => kind)).toEqual(['open', 'snapshot', 'event']);
      expect(asked.mock.calls).toEqual([[(event(1) as { event: unknown }).event, snapshot]]);
    });

    it('accepts a Promise', async () => {
      const { stand: s, stream, said } = stand({ load: () => Promise.resolve(1) });
      s.send(open(), event(1), event(2));
      await stream.first(3);
      expect(said()).toBe('open =1 2');
    });

    it('unsubscribes from an Observable after its first value', () => {
      const { stand: s, said } = stand();
      s.send(open());
      expect(s.observed).toEqual([true]);
      s.answer(1);
      expect(s.observed).toEqual([false]);
      s.answer(7);
      expect(said()).toBe('open =1');
    });

    it('also drops live events that the snapshot contains, because they were still on their way', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(2);
      s.send(event(1), event(2), event(3), event(4));
      expect(said()).toBe('open =2 3 4');
    });

    it('calls `isIn` for each event, regardless of earlier results', () => {
      const { stand: s, said } = stand({ isIn: ({ data }) => data.startsWith('1') });
      s.send(open(), event(10), event(2), event(11));
      s.answer(0);
      s.send(event(3), event(12), event(4));
      expect(said()).toBe('open =0 2 3 4');
    });

    it('lets all other steps through at once, so that the connection state stays correct', () => {
      const { stand: s, said } = stand();
      const steps = [
        comment,
        { kind: 'retry-time', milliseconds: 7 } as const,
        waiting,
        connecting,
        paused,
        connecting,
      ];
      s.send(open(), event(1), ...steps, open('1'), event(2));
      expect(said()).toBe(['open', ...steps.map(say), 'open'].join(' '));
      s.answer(1);
      expect(said()).toBe(['open', ...steps.map(say), 'open =1 2'].join(' '));
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('loads nothing if the stream never opens', () => {
      const { stand: s, stream, said } = stand();
      s.send(connecting, waiting, connecting, closed);
      s.source.complete();
      expect(said()).toBe('connecting waiting connecting closed');
      expect(stream.status).toBe('completed');
      expect(s.load).not.toHaveBeenCalled();
    });

    it.each([
      ['an event', event(2), '=1 2'],
      ['an event that the snapshot holds', event(1), '=1'],
      ['a comment', comment, 'comment =1'],
    ])('loads for a late subscriber at the first sign that the stream is open: %s', (_, step, expected) => {
      const { stand: s, said } = stand();
      s.send(step);
      expect(s.load).toHaveBeenCalledTimes(1);
      s.answer(1);
      s.send(comment, event(3));
      expect(said()).toBe(`${expected} comment 3`);
      expect(s.load).toHaveBeenCalledTimes(1);
    });
  });

  describe('when the stream reconnects', () => {
    it('changes nothing if it resumes, either after a snapshot or during a load', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), waiting, connecting, open('1'), event(2));
      s.answer(0);
      s.send(waiting, connecting, open('2'), event(3));
      expect(said()).toBe('open waiting connecting open =0 1 2 waiting connecting open 3');
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('loads again without a position to resume from, because events may be missing', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(waiting, connecting, open(), event(7));
      // It waits, because a gap could follow at once.
      expect(s.load).toHaveBeenCalledTimes(1);
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      expect(said()).toBe('open =0 waiting connecting open');
      s.answer(6);
      expect(said()).toBe('open =0 waiting connecting open =6 7');
    });

    it('cancels a running load without a position to resume from', () => {
      const { stand: s, said } = stand();
      s.send(open(), waiting, connecting, open());
      expect(s.observed).toEqual([false]);
      s.clock.runOut();
      s.answer(1, 0);
      s.answer(2, 1);
      expect(said()).toBe('open waiting connecting open =2');
    });

    it('loads only once if a gap follows `open`', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(waiting, connecting, open(), gap);
      expect(s.load).toHaveBeenCalledTimes(2);
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      expect(s.clock.timers).toBe(0);
      s.answer(3);
      expect(said()).toBe('open =0 waiting connecting open gap =3');
    });

    it('continues through a pause', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), paused);
      s.answer(0);
      s.send(connecting, open('1'), event(2), paused, connecting, open('2'), event(3));
      expect(said()).toBe('open paused =0 1 connecting open 2 paused connecting open 3');
    });
  });

  describe('after a gap', () => {
    it('loads again, and keeps the events from then on', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1));
      s.answer(0);
      s.send(waiting, connecting, open('1'), gap, event(5), event(6));
      expect(said()).toBe('open =0 1 waiting connecting open gap');
      expect(s.load).toHaveBeenCalledTimes(2);
      s.answer(5);
      s.send(event(7));
      expect(said()).toBe('open =0 1 waiting connecting open gap =5 6 7');
    });

    it('cancels a running load, so an older snapshot never arrives [pitfall 51]', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), gap, event(5));
      expect(s.observed).toEqual([false, true]);
      s.answer(1, 0);
      expect(said()).toBe('open gap');
      s.answer(4, 1);
      // Events from before the gap still wait, because the new snapshot may not contain them.
      expect(said()).toBe('open gap =4 5');
    });

    it('ignores the result of a Promise that it can’t cancel', async () => {
      const answers: ((snapshot: number) => void)[] = [];
      const { stand: s, said } = stand({ load: () => new Promise(resolve => answers.push(resolve)) });
      s.send(open(), event(1), gap, event(5));
      answers[1]?.(4);
      await settled();
      answers[0]?.(1);
      await settled();
      expect(said()).toBe('open gap =4 5');
    });

    it('keeps an event from before the gap if the new snapshot doesn’t contain it', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(3), gap, event(4));
      s.answer(2);
      expect(said()).toBe('open gap =2 3 4');
    });

    it('cancels the wait for a retry, and resets the count', () => {
      const { stand: s, said } = stand({ reconnect: { delay: 1000, jitter: 0, count: 1 } });
      s.send(open());
      s.loads[0]?.error(new Error('down'));
      expect(s.clock.timers).toBe(1);
      s.send(gap);
      expect(s.clock.timers).toBe(0);
      expect(s.load).toHaveBeenCalledTimes(2);
      s.loads[1]?.error(new Error('down'));
      s.clock.runOut();
      s.answer(3);
      expect(said()).toBe('open gap =3');
    });

    it('loads at the gap if a late subscriber didn’t receive `open`', () => {
      const { stand: s, said } = stand();
      s.send(gap, event(2));
      s.answer(1);
      expect(said()).toBe('gap =1 2');
    });
  });

  describe('a load that fails', () => {
    it.each<[string, (error: unknown) => Answer<number>]>([
      ['an Observable', error => throwError(() => error)],
      ['a Promise', error => Promise.reject(error)],
    ])('is retried by the policy, and everything keeps its order (%s)', async (_, refuse) => {
      const answers = [refuse(new Error('one')), refuse(new Error('two')), 1];
      // Until its turn, the second Promise has no handler.
      for (const answer of answers) if (answer instanceof Promise) answer.catch(() => undefined);
      const load = jest.fn(() => answers[load.mock.calls.length - 1] ?? 0);
      const { stand: s, said } = stand({ load });
      s.send(open(), event(1), event(2));
      await settled();
      s.clock.advanceTo(999);
      expect(load).toHaveBeenCalledTimes(1);
      s.clock.advanceTo(1000);
      expect(load).toHaveBeenCalledTimes(2);
      await settled();
      s.send(waiting, connecting, open('2'), event(3));
      s.clock.advanceTo(2999);
      expect(load).toHaveBeenCalledTimes(2);
      s.clock.advanceTo(3000);
      expect(load).toHaveBeenCalledTimes(3);
      expect(said()).toBe('open waiting connecting open =1 2 3');
    });

    it('ends the stream with its error when the policy gives up', () => {
      const { stand: s, stream, said } = stand({ reconnect: { delay: 1000, jitter: 0, count: 1 } });
      const error = new Error('two');
      s.send(open(), event(1));
      s.loads[0]?.error(new Error('one'));
      s.clock.runOut();
      s.loads[1]?.error(error);
      expect(stream.error).toBe(error);
      expect(said()).toBe('open');
      expect(s.source.observed).toBe(false);
    });

    it('ends the stream with its error at once, with `reconnect: false`', () => {
      const { stand: s, stream } = stand({ reconnect: false });
      const error = new Error('down');
      s.send(open());
      s.loads[0]?.error(error);
      expect(stream.error).toBe(error);
      expect(s.clock.timers).toBe(0);
    });

    it('is passed to `when` like any other error', () => {
      const when = jest.fn(() => 5);
      const { stand: s, said } = stand({ reconnect: { when } });
      const error = new Error('down');
      s.send(open());
      s.loads[0]?.error(error);
      expect(when.mock.calls).toEqual([[error, { count: 0 }]]);
      s.clock.advanceTo(5);
      s.answer(1);
      expect(said()).toBe('open =1');
    });

    it('is retried by default, unless its error is a final EventSourceError', () => {
      for (const error of [new Error('down'), new ConnectionError('lost')]) {
        const { stand: s, stream } = stand({ reconnect: undefined });
        s.send(open());
        s.loads[0]?.error(error);
        s.clock.runOut();
        expect(s.load).toHaveBeenCalledTimes(2);
        expect(stream.status).toBe('live');
      }
      const { stand: s, stream } = stand({ reconnect: undefined });
      const final = new EventSourceError('gone');
      s.send(open());
      s.loads[0]?.error(final);
      expect(stream.error).toBe(final);
    });

    it('ends the stream with an error if its Observable is empty', () => {
      const { stand: s, stream } = stand({ load: () => EMPTY });
      s.send(open());
      expect(stream.error).toBeInstanceOf(EventSourceError);
      expect(stream.error).toHaveProperty('message', noAnswer('load'));
    });

    it('isn’t repeated forever by a policy with `onEnd`', () => {
      const policy = { delay: 0, onEnd: true };
      const { stand: s, said } = stand({ load: () => of(1), reconnect: policy });
      s.send(open(), event(2));
      s.clock.advanceTo(60_000);
      expect(said()).toBe('open =1 2');
    });
  });

  describe('an exception of the application', () => {
    const bug = new TypeError('a bug');

    it('in `load` is final, regardless of the policy', () => {
      const when = jest.fn(() => true);
      const { stand: s, stream, said } = stand({ load: fail(bug), reconnect: { delay: 0, when } });
      s.send(open());
      expect(stream.error).toBe(bug);
      expect(said()).toBe('open');
      expect(when).not.toHaveBeenCalled();
      expect(s.source.observed).toBe(false);
    });

    it('in a retried `load` is final, too', () => {
      const load = jest.fn<() => Answer<number>>(() => throwError(() => new Error('down')));
      const { stand: s, stream } = stand({ load });
      s.send(open());
      load.mockImplementation(fail(bug));
      s.clock.advanceTo(1000);
      expect(stream.error).toBe(bug);
      expect(load).toHaveBeenCalledTimes(2);
      expect(s.clock.timers).toBe(0);
    });

    it('in `isIn` is final, for a waiting event and for a live one', () => {
      const strict = ({ data }: ServerSentEvent) => (data === '2' ? fail(bug)() : false);
      const waited = stand({ isIn: strict });
      waited.stand.send(open(), event(1), event(2), event(3));
      waited.stand.answer(0);
      const live = stand({ isIn: strict });
      live.stand.send(open(), event(1));
      live.stand.answer(0);
      live.stand.send(event(2), event(3));
      for (const { stand: s, stream, said } of [waited, live]) {
        expect(stream.error).toBe(bug);
        expect(said()).toBe('open =0 1');
        expect(s.source.observed).toBe(false);
      }
    });
  });

  describe('bufferSize', () => {
    it('limits the waiting events, and the error names it', () => {
      const { stand: s, stream, said } = stand({ bufferSize: 2 });
      s.send(open(), event(1), comment, event(2));
      expect(stream.status).toBe('live');
      s.send(event(3));
      expect(stream.error).toBeInstanceOf(EventSourceError);
      expect(stream.error).toMatchObject({
        message: 'More than 2 events arrived while the snapshot was loading (bufferSize)',
        retryable: false,
      });
      expect(said()).toBe('open comment');
      expect(s.observed).toEqual([false]);
      expect(s.source.observed).toBe(false);
    });

    it('counts only the events that wait, not live or emitted ones', () => {
      const { stand: s, stream } = stand({ bufferSize: 2 });
      for (let round = 0; round < 3; round++) {
        s.send(round ? gap : open(), event(1), event(2));
        s.answer(0);
        s.send(event(3), event(4), event(5));
      }
      expect(stream.status).toBe('live');
    });

    it('counts events that have waited since before a gap', () => {
      const { stand: s, stream } = stand({ bufferSize: 2 });
      s.send(open(), event(1), gap, event(2));
      expect(stream.status).toBe('live');
      s.send(event(3));
      expect(stream.status).toBe('failed');
    });

    it('is 10 000 by default', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      for (let number = 1; number <= 10_000; number++) s.send(event(number));
      expect(stream.status).toBe('live');
      s.send(event(10_001));
      expect(stream.error).toHaveProperty('message', expect.stringContaining('10000 events'));
    });
  });

  describe('completing and erroring', () => {
    it('completes with the source', () => {
      const { stand: s, stream, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(event(1), closed);
      s.source.complete();
      expect(said()).toBe('open =0 1 closed');
      expect(stream.status).toBe('completed');
    });

    it('completes after the snapshot if the source completes first, with a retry if needed', () => {
      const { stand: s, stream, said } = stand();
      s.send(open(), event(1), event(2), closed);
      s.source.complete();
      expect(stream.status).toBe('live');
      s.loads[0]?.error(new Error('down'));
      s.clock.runOut();
      s.answer(1);
      expect(said()).toBe('open closed =1 2');
      expect(stream.status).toBe('completed');
    });

    it('also waits for a snapshot whose load hasn’t started yet', () => {
      const { stand: s, stream, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(open());
      s.source.complete();
      s.clock.runOut();
      s.answer(1);
      expect(said()).toBe('open =0 open =1');
      expect(stream.status).toBe('completed');
    });

    it('errors if a load fails for good after the source has completed', () => {
      const { stand: s, stream } = stand({ reconnect: false });
      s.send(open());
      s.source.complete();
      s.loads[0]?.error(new Error('down'));
      expect(stream.error).toEqual(new Error('down'));
    });

    it('errors with the source at once, and cancels the load', () => {
      const { stand: s, stream, said } = stand();
      const error = new Error('final');
      s.send(open(), event(1));
      s.source.error(error);
      expect(stream.error).toBe(error);
      expect(said()).toBe('open');
      expect(s.observed).toEqual([false]);
    });

    it('keeps the order of a synchronous source, and completes', () => {
      const source = of(connecting, open(), event(1), event(2), closed);
      const { values, status } = observe(source.pipe(withSnapshot({ load: () => 1, isIn })));
      expect(values.map(say)).toEqual(['connecting', 'open', '=1', '2', 'closed']);
      expect(status).toBe('completed');
    });
  });

  describe('unsubscribing', () => {
    it('ends the source and the load', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      stream.subscription.unsubscribe();
      expect(s.observed).toEqual([false]);
      expect(s.source.observed).toBe(false);
    });

    it('ends the source and the wait for a retry', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      s.loads[0]?.error(new Error('down'));
      stream.subscription.unsubscribe();
      expect(s.clock.timers).toBe(0);
      expect(s.source.observed).toBe(false);
    });

    it('cancels a scheduled load', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      s.answer(0);
      s.send(open());
      expect(s.clock.timers).toBe(1);
      stream.subscription.unsubscribe();
      expect(s.clock.timers).toBe(0);
    });

    it.each([
      ['within the `open`', 'open', []],
      ['within the snapshot', '=0', [false]],
      ['within an event that waited', '1', [false]],
      ['within the last event that waited', '2', [false]],
      ['within a live event', '3', [false]],
      ['within the gap', 'gap', [false]],
    ])('stops at once %s', (_, last, observed) => {
      const s = new Stand();
      const seen: string[] = [];
      const subscription: Subscription = s.merged().subscribe(step => {
        seen.push(say(step));
        if (say(step) === last) subscription.unsubscribe();
      });
      s.send(open(), event(1), event(2));
      s.answer(0);
      s.send(event(3), gap);
      expect(seen).toEqual(['open', '=0', '1', '2', '3', 'gap'].slice(0, seen.length));
      expect(seen.at(-1)).toBe(last);
      expect(s.observed).toEqual(observed);
      expect(s.source.observed).toBe(false);
    });

    it('ends a source that emits during `subscribe`', () => {
      let given = 0;
      const endless = new Observable<Lifecycle>(subscriber => {
        subscriber.next(open());
        while (!subscriber.closed && given < 100) subscriber.next(event(++given));
      });
      const { values } = observe(endless.pipe(withSnapshot({ load: () => 0, isIn }), take(4)));
      expect(values.map(say)).toEqual(['open', '=0', '1', '2']);
      expect(given).toBe(2);
    });

    it('keeps no finalizers, load after load', () => {
      const { stand: s, stream } = stand();
      const count = () =>
        (stream.subscription as unknown as { _finalizers: unknown[] | null })._finalizers?.length ?? 0;
      s.send(open());
      s.answer(0);
      const before = count();
      for (let round = 1; round <= 100; round++) {
        s.send(gap, event(round));
        s.answer(round - 1);
      }
      expect(count()).toBe(before);
      expect(s.observed).not.toContain(true);
    });
  });

  describe('inside `next`', () => {
    /** Plays steps, and calls `work` inside `next` of the step `moment`. Returns the order in which the subscriber is called. */
    const called = (moment: string, work: (s: Stand) => void, play: (s: Stand) => void) => {
      const s = new Stand();
      const order: string[] = [];
      let done = false;
      observe(
        new Observable<Merged>(subscriber =>
          s.merged().subscribe({
            next: step => {
              order.push(say(step));
              if (!done && say(step) === moment) {
                done = true;
                work(s);
              }
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => order.push('|'),
          }),
        ),
      );
      play(s);
      return { s, order: order.join(' ') };
    };

    it('an event is emitted after the waiting events', () => {
      for (const [moment, expected] of [
        ['open', 'open =0 9 1 2'],
        ['=0', 'open =0 1 2 9'],
        ['1', 'open =0 1 2 9'],
        ['2', 'open =0 1 2 9'],
      ] as const) {
        const { order } = called(
          moment,
          s => s.send(event(9)),
          s => {
            s.send(open(), event(1), event(2));
            s.answer(0);
          },
        );
        expect(order).toBe(expected);
      }
    });

    it('an event is dropped if the snapshot contains it', () => {
      const { order } = called(
        '=1',
        s => s.send(event(1), event(3)),
        s => {
          s.send(open(), event(2));
          s.answer(1);
        },
      );
      expect(order).toBe('open =1 2 3');
    });

    it('a gap causes a new load, and the remaining events wait for it', () => {
      for (const [moment, expected] of [
        ['=0', 'open =0 gap =1 2 3'],
        ['1', 'open =0 1 gap =1 2 3'],
        ['2', 'open =0 1 2 gap =1 3'],
      ] as const) {
        const { s, order } = called(
          moment,
          s => s.send(gap),
          s => {
            s.send(open(), event(1), event(2));
            s.answer(0);
            s.send(event(3));
            s.answer(1);
          },
        );
        expect(order).toBe(expected);
        expect(s.load).toHaveBeenCalledTimes(2);
      }
    });

    it('of a gap, an event waits for the new snapshot', () => {
      const { order } = called(
        'gap',
        s => s.send(event(9)),
        s => {
          s.send(open());
          s.answer(0);
          s.send(gap);
          s.answer(8);
        },
      );
      expect(order).toBe('open =0 gap =8 9');
    });

    it('of a gap, the result of an older load is ignored', () => {
      const { order } = called(
        'gap',
        s => s.answer(1, 0),
        s => {
          s.send(open(), event(1), gap);
          s.answer(2, 1);
        },
      );
      expect(order).toBe('open gap =2');
    });

    it('of a gap or of `open`, another gap leaves only the newest load', () => {
      for (const moment of ['open', 'gap']) {
        const { order } = called(
          moment,
          s => s.send(gap, event(2)),
          s => {
            s.send(open());
            if (moment === 'gap') s.send(gap);
            expect(s.observed.filter(Boolean)).toHaveLength(1);
            s.answer(1);
          },
        );
        expect(order).toBe(moment === 'open' ? 'open gap =1 2' : 'open gap gap =1 2');
      }
    });

    it('completion follows the waiting events', () => {
      const { order } = called(
        '=0',
        s => s.source.complete(),
        s => {
          s.send(open(), event(1), event(2));
          s.answer(0);
        },
      );
      expect(order).toBe('open =0 1 2 |');
    });

    it('an error drops the waiting events', () => {
      const { order } = called(
        '1',
        s => s.source.error(new Error('final')),
        s => {
          s.send(open(), event(1), event(2));
          s.answer(0);
        },
      );
      expect(order).toBe('open =0 1');
    });
  });

  describe('with other operators', () => {
    it('loads separately for each subscriber', () => {
      const s = new Stand();
      const merged = s.merged();
      const one = observe(merged);
      s.send(open(), event(1));
      const other = observe(merged);
      s.send(event(2));
      expect(s.load).toHaveBeenCalledTimes(2);
      s.answer(0, 0);
      s.answer(1, 1);
      s.send(event(3));
      expect(one.values.map(say)).toEqual(['open', '=0', '1', '2', '3']);
      expect(other.values.map(say)).toEqual(['=1', '2', '3']);
      one.subscription.unsubscribe();
      s.send(event(4));
      expect(other.values.at(-1)).toEqual(event(4));
    });

    it('loads once before `share`; after `share`, also loads for a late subscriber', () => {
      const s = new Stand();
      const shared = s.source.pipe(share());
      const early = observe(shared.pipe(withSnapshot({ load: s.load, isIn })));
      s.send(connecting, open());
      s.answer(0);
      s.send(event(1));
      const late = observe(shared.pipe(withSnapshot({ load: s.load, isIn })));
      s.send(event(2), event(3));
      s.answer(2);
      s.send(event(4));
      expect(early.values.map(say)).toEqual(['connecting', 'open', '=0', '1', '2', '3', '4']);
      expect(late.values.map(say)).toEqual(['=2', '3', '4']);

      const again = new Stand();
      const merged = again.merged().pipe(share());
      const streams = [observe(merged), observe(merged)];
      again.send(open(), event(1));
      again.answer(0);
      expect(again.load).toHaveBeenCalledTimes(1);
      for (const { values } of streams) expect(values.map(say)).toEqual(['open', '=0', '1']);
    });

    it('works after `decode`, and passes the decoded event to `isIn`', async () => {
      const source = new Subject<Lifecycle>();
      const answers = new Map<string, (number: number) => void>();
      const stream = observe(
        source.pipe(
          decode({ message: text => new Promise<number>(resolve => answers.set(text, resolve)) }),
          withSnapshot({ load: () => 1, isIn: ({ data }, snapshot) => data * 10 <= snapshot * 10 }),
        ),
      );
      for (const step of [open(), event(1), event(2), comment, gap]) source.next(step);
      await settled();
      answers.get('2')?.(2);
      answers.get('1')?.(1);
      await stream.first(6);
      expect(stream.values.map(step => (step.kind === 'event' ? step.event.data : say(step as never)))).toEqual([
        ...['open', '=1', 2, 'comment', 'gap', '=1'],
      ]);
    });

    it('works before `decode`, which keeps the snapshot in order', async () => {
      const s = new Stand();
      const stream = observe(s.merged().pipe(decode({ message: async text => Promise.resolve(Number(text) * 10) })));
      s.send(open(), event(1), event(2));
      s.answer(1);
      s.send(event(3), gap, event(4));
      s.answer(3);
      await stream.first(7);
      expect(stream.values.map(step => (step.kind === 'event' ? step.event.data : say(step)))).toEqual([
        ...['open', '=1', 20, 30, 'gap', '=3', 40],
      ]);
    });

    it('works before and after `ofEventType`', () => {
      for (const pipe of [
        (s: Stand) => s.merged().pipe(ofEventType('message')),
        (s: Stand) => s.source.pipe(ofEventType('message'), withSnapshot({ load: s.load, isIn })),
      ]) {
        const s = new Stand();
        const stream = observe(pipe(s) as Observable<Merged>);
        s.send(open(), { kind: 'event', event: { type: 'other', data: 'x', lastEventId: '1' } }, event(1));
        s.answer(0);
        s.send(event(2));
        expect(stream.values.map(say)).toEqual(['open', '=0', '1', '2']);
      }
    });

    it('works before `batchPerFrame`', () => {
      const s = new Stand();
      const frame = new Subject<void>();
      const stream = observe(s.merged().pipe(batchPerFrame(frame)));
      s.send(open(), event(1), event(2));
      s.answer(1);
      frame.next();
      s.send(event(3));
      s.source.complete();
      expect(stream.values.map(batch => batch.map(say))).toEqual([['open', '=1', '2'], ['3']]);
    });

    it('loads again for each attempt of a `retry` or `reconnect` after it', () => {
      const s = new Stand();
      const merged = s.merged({ reconnect: false });
      const streams = [
        observe(merged.pipe(retry(1))),
        observe(merged.pipe(reconnect({ count: 1, delay: 100, jitter: 0 }, s.clock))),
      ];
      s.send(open(), event(1));
      s.loads[0]?.error(new Error('down'));
      s.loads[1]?.error(new Error('down'));
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      // Both resume after the event that waited, because the new snapshot contains it.
      s.send(open('1'), event(2));
      expect(s.load).toHaveBeenCalledTimes(4);
      s.answer(1, 2);
      s.answer(1, 3);
      for (const { values } of streams) expect(values.map(say)).toEqual(['open', 'open', '=1', '2']);
    });

    it('loads again for each connection without a position of a `retry` before it', () => {
      const s = new Stand();
      const connections: Subject<Lifecycle>[] = [];
      const source = new Observable<Lifecycle>(subscriber => {
        const connection = new Subject<Lifecycle>();
        connections.push(connection);
        return connection.subscribe(subscriber);
      });
      const stream = observe(source.pipe(retry(1), withSnapshot({ load: s.load, isIn, scheduler: s.clock })));
      connections[0]?.next(open());
      s.answer(0);
      connections[0]?.next(event(1));
      connections[0]?.error(new Error('401'));
      connections[1]?.next(open());
      s.clock.runOut();
      connections[1]?.next(event(4));
      s.answer(3);
      expect(stream.values.map(say)).toEqual(['open', '=0', '1', 'open', '=3', '4']);
    });

    it('keeps the virtual time of marbles, including loads', () => {
      marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const steps = { o: open(), 1: event(1), 2: event(2), 3: event(3), g: gap };
        const out: Record<string, Merged> = { ...steps, s: { kind: 'snapshot', snapshot: 1 } };
        const source = hot('-o-1-2---g3-----|', steps);
        const load = cold('   ---s-', { s: 1 });
        expectObservable(source.pipe(withSnapshot({ load: () => load, isIn }))).toBe(
          '                    -o--s2---g--(s3)|'.replaceAll(' ', ''),
          out,
        );
        expectSubscriptions(load.subscriptions).toBe(['-^--!', '---------^--!']);
      });
    });
  });

  it('works with a real stream: a load, a cut that it resumes from, and an end', () => {
    const server = fakeEventSource();
    const clock = new Clock();
    const answer = new Subject<number>();
    const stream = observe(
      fromEventSourceLifecycle('/prices', { fetch: server.fetch, scheduler: clock, reconnect: { onEnd: false } }).pipe(
        withSnapshot({ load: () => answer, isIn, scheduler: clock }),
      ),
    );
    server.expectConnection().open().send({ data: '1', id: 1 }).send({ data: '2', id: 2 }).break();
    clock.runOut();
    const again = server.expectConnection();
    expect(again.lastEventId).toBe('2');
    again.open().send({ data: '3', id: 3 });
    answer.next(1);
    again.send({ data: '4', id: 4 }).end();
    expect(stream.values.map(say)).toEqual([
      ...['connecting', 'open', 'waiting', 'connecting', 'open', '=1', '2', '3', '4', 'closed'],
    ]);
    expect(stream.status).toBe('completed');
    server.verify();
  });

  describe('options', () => {
    const call = (options: object | null) => () => withSnapshot(options as never);
    const whole = { load: () => 1, isIn: () => false };

    itChecked.each<[string, object | null]>([
      ['options', null],
      ['load', { isIn: whole.isIn }],
      ['load', { ...whole, load: 7 }],
      ['isIn', { load: whole.load }],
      ['isIn', { ...whole, isIn: 'id' }],
      ['bufferSize', { ...whole, bufferSize: 0 }],
      ['bufferSize', { ...whole, bufferSize: NaN }],
      ['bufferSize', { ...whole, bufferSize: '10' }],
      ['reconnect', { ...whole, reconnect: true }],
      ['reconnect', { ...whole, reconnect: null }],
      ['reconnect.count', { ...whole, reconnect: { count: -1 } }],
      ['scheduler', { ...whole, scheduler: {} }],
    ])('throw a TypeError at the call if they have a wrong type: %s', (name, options) => {
      expect(call(options)).toThrow(TypeError);
      expect(call(options)).toThrow(`\`${name}\``);
    });

    it('can be undefined, except `load` and `isIn`', () => {
      expect(call({ ...whole, bufferSize: undefined, reconnect: undefined, scheduler: undefined })).not.toThrow();
      expect(call({ ...whole, bufferSize: Infinity, reconnect: false })).not.toThrow();
    });
  });

  describe('types', () => {
    interface Order {
      readonly id: number;
    }
    const lifecycle = new Subject<Lifecycle>();
    const decoders = { order: json<Order>(), note: (text: string) => text };
    const decoded = lifecycle.pipe(decode(decoders));
    /** Takes code that must only compile, and isn't called. */
    const compiled = (programs: Record<string, () => unknown>) => Object.keys(programs).length;

    it('infer the events from the source, and the snapshot from `load`', () => {
      const programs = {
        text: () =>
          lifecycle
            .pipe(withSnapshot({ load: () => [1], isIn: (event, snapshot) => event.data.length > snapshot.length }))
            .subscribe(step => (step.kind === 'snapshot' ? step.snapshot[0]?.toFixed() : step.kind)),
        decoded: () =>
          decoded
            .pipe(
              withSnapshot({
                load: async () => Promise.resolve(new Map<number, Order>()),
                isIn: (event, orders) => event.type === 'order' && orders.has(event.data.id),
              }),
              ofEventType('order'),
            )
            .subscribe(step => {
              if (step.kind === 'snapshot') step.snapshot.get(1)?.id.toFixed();
              if (step.kind === 'event') step.event.data.id.toFixed();
            }),
        undecoded: () =>
          lifecycle
            .pipe(withSnapshot({ load: () => of<Order[]>([]), isIn: () => false }), decode(decoders))
            .subscribe(step => (step.kind === 'snapshot' ? step.snapshot[0]?.id : step.kind)),
        // A function that accepts any event can be passed by its name.
        named: () => observe(decoded.pipe(withSnapshot({ load: () => 1, isIn }))).values.map(({ kind }) => kind),
        // @ts-expect-error -- orders have no such property
        misspelt: () => decoded.pipe(withSnapshot({ load: () => 1, isIn: event => event.data.version > 1 })),
        compared: () =>
          // @ts-expect-error -- the snapshot is text, not a number
          lifecycle.pipe(withSnapshot({ load: () => 'text', isIn: (_, snapshot: number) => snapshot > 1 })),
        events: () =>
          // @ts-expect-error -- plain events don't say when the stream opens
          of({ type: 'a', data: 'b', lastEventId: '' }).pipe(withSnapshot({ load: () => 1, isIn: () => false })),
      };
      expect(compiled(programs)).toBe(7);
    });
  });
});
