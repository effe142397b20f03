import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { concat, defer, EMPTY, map, NEVER, Observable, of, Subject, take, throwError, timer } from 'rxjs';
import { batchPerFrame, fromEventSource } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { Random } from '../support/random.js';
import { firstSeed } from '../support/random-stream.js';
import { marbles } from '../support/virtual-marbles.js';

describe('batchPerFrame', () => {
  it('collects values in order until the frame; the next value starts a new frame', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b---c--d|');
      const frame = cold('---f----f');
      expectObservable(source.pipe(batchPerFrame(frame))).toBe('----x-----y|', {
        x: ['a', 'b'],
        y: ['c', 'd'],
      });
      // Each subscription to the frame source ends with its first value.
      expectSubscriptions(frame.subscriptions).toBe(['-^--!', '-------^--!']);
      expectSubscriptions(source.subscriptions).toBe('^----------!');
    });
  });

  it('schedules no frame while the source emits nothing', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const frame = cold('--f');
      expectObservable(hot('---------').pipe(batchPerFrame(frame))).toBe('---------');
      expectObservable(hot('---------|').pipe(batchPerFrame(frame))).toBe('---------|');
      expectObservable(hot('---------#').pipe(batchPerFrame(frame))).toBe('---------#');
      expectSubscriptions(frame.subscriptions).toBe([]);
    });
  });

  it('emits the collected values when the source completes, and unsubscribes from the frame source', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const frame = cold('-----f');
      expectObservable(hot('-a-b|').pipe(batchPerFrame(frame))).toBe('----(x|)', { x: ['a', 'b'] });
      expectSubscriptions(frame.subscriptions).toBe('-^--!');
    });
  });

  it('emits the collected values before the error of the source, and unsubscribes from the frame source', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const frame = cold('-----f');
      expectObservable(hot('-a-b#').pipe(batchPerFrame(frame))).toBe('----(x#)', { x: ['a', 'b'] });
      expectSubscriptions(frame.subscriptions).toBe('-^--!');
    });
  });

  it('drops the collected values on unsubscribe, and unsubscribes from the frame source', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b------');
      const frame = cold('-----f');
      expectObservable(source.pipe(batchPerFrame(frame)), '----!').toBe('-----');
      expectSubscriptions(frame.subscriptions).toBe('-^--!');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  describe('a frame source', () => {
    it('that emits synchronously makes a batch of each value', () => {
      const frame = concat(of('now'), NEVER);
      expect(observe(of(1, 2, 3).pipe(batchPerFrame(frame))).values).toEqual([[1], [2], [3]]);
    });

    it('that completes without a value counts as a frame', () => {
      expect(observe(of(1, 2).pipe(batchPerFrame(EMPTY))).values).toEqual([[1], [2]]);
      marbles(({ cold, hot, expectObservable }) => {
        expectObservable(hot('-a-b-----c').pipe(batchPerFrame(cold('---|')))).toBe('----x-------y', {
          x: ['a', 'b'],
          y: ['c'],
        });
      });
    });

    it('that errors ends the stream with its error, after the collected values, and ends the source', () => {
      marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const source = hot('-a-b-c-');
        expectObservable(source.pipe(batchPerFrame(cold('---#')))).toBe('----(x#)', { x: ['a', 'b'] });
        expectSubscriptions(source.subscriptions).toBe('^---!');
      });
      const error = new Error('no frames');
      const observed = observe(concat(of(1, 2), NEVER).pipe(batchPerFrame(throwError(() => error))));
      expect({ values: observed.values, error: observed.error }).toEqual({ values: [[1]], error });
    });

    it('that never emits delays all values until the source completes', () => {
      const source = new Subject<number>();
      const observed = observe(source.pipe(batchPerFrame(NEVER)));
      for (let value = 0; value < 1000; value++) source.next(value);
      expect(observed.values).toEqual([]);
      source.complete();
      expect(observed.values).toEqual([Array.from({ length: 1000 }, (_, index) => index)]);
    });
  });

  it('puts values that arrive while a batch is emitted into the next batch', () => {
    const source = new Subject<number>();
    const frame = new Subject<void>();
    const batches: number[][] = [];
    source.pipe(batchPerFrame(frame)).subscribe(batch => {
      batches.push(batch);
      if (batch[0] === 1) source.next(3);
    });
    source.next(1);
    source.next(2);
    frame.next();
    expect(batches).toEqual([[1, 2]]);
    frame.next();
    expect(batches).toEqual([[1, 2], [3]]);
    expect(frame.observed).toBe(false);
  });

  it('can be unsubscribed from inside `next`, even for the last batch', () => {
    const source = new Subject<number>();
    const frame = new Subject<void>();
    const observed = observe(source.pipe(batchPerFrame(frame), take(1)));
    source.next(1);
    frame.next();
    expect({ values: observed.values, status: observed.status }).toEqual({ values: [[1]], status: 'completed' });
    expect([source.observed, frame.observed]).toEqual([false, false]);
    const last = observe(of(1, 2).pipe(batchPerFrame(NEVER), take(1)));
    expect({ values: last.values, status: last.status }).toEqual({ values: [[1, 2]], status: 'completed' });
  });

  it('keeps a separate batch for each subscription', () => {
    const source = new Subject<number>();
    const frame = new Subject<void>();
    const batched = source.pipe(batchPerFrame(frame));
    const one = observe(batched);
    source.next(1);
    const other = observe(batched);
    source.next(2);
    frame.next();
    expect([one.values, other.values]).toEqual([[[1, 2]], [[2]]]);
  });

  it('closes the connection on unsubscribe', () => {
    const server = fakeEventSource();
    const frame = new Subject<void>();
    const observed = observe(
      fromEventSource('/stream', { fetch: server.fetch }).pipe(
        map(({ data }) => data),
        batchPerFrame(frame),
      ),
    );
    const connection = server.expectConnection().open().raw('data: 1\n\ndata: 2\n\n').send('3');
    expect(observed.values).toEqual([]);
    frame.next();
    expect(observed.values).toEqual([['1', '2', '3']]);
    connection.send('4');
    observed.subscription.unsubscribe();
    expect(observed.values).toHaveLength(1);
    expect(frame.observed).toBe(false);
    server.verify();
  });

  describe('without a frame source', () => {
    it('emits after 16 ms in Node, on `asyncScheduler`, so a TestScheduler controls it', () => {
      marbles(({ cold, expectObservable }) => {
        const source = cold('a 9ms b 19ms c 29ms (d|)');
        expectObservable(source.pipe(batchPerFrame())).toBe('16ms x 29ms y 13ms (z|)', {
          x: ['a', 'b'],
          y: ['c'],
          z: ['d'],
        });
      });
    });

    describe('in Node', () => {
      beforeEach(() => {
        jest.useFakeTimers();
      });
      afterEach(() => {
        jest.useRealTimers();
      });

      it('sets one timer per batch, none without values, and clears it on unsubscribe', () => {
        const source = new Subject<number>();
        const observed = observe(source.pipe(batchPerFrame()));
        expect(jest.getTimerCount()).toBe(0);
        source.next(1);
        source.next(2);
        expect(jest.getTimerCount()).toBe(1);
        jest.advanceTimersByTime(15);
        expect(observed.values).toEqual([]);
        jest.advanceTimersByTime(1);
        expect(observed.values).toEqual([[1, 2]]);
        expect(jest.getTimerCount()).toBe(0);
        source.next(3);
        expect(jest.getTimerCount()).toBe(1);
        observed.subscription.unsubscribe();
        expect(jest.getTimerCount()).toBe(0);
      });
    });

    describe('in a page', () => {
      /** The frames that were requested, and not drawn or cancelled. */
      const frames = new Map<number, () => void>();
      let asked = 0;
      beforeEach(() => {
        jest.useFakeTimers();
        asked = 0;
        frames.clear();
        Object.assign(globalThis, {
          requestAnimationFrame: (draw: () => void) => {
            frames.set(++asked, draw);
            return asked;
          },
          cancelAnimationFrame: (id: number) => frames.delete(id),
        });
      });
      afterEach(() => {
        jest.useRealTimers();
        Reflect.deleteProperty(globalThis, 'requestAnimationFrame');
        Reflect.deleteProperty(globalThis, 'cancelAnimationFrame');
      });
      const draw = () => {
        const drawn = [...frames.values()];
        frames.clear();
        for (const frame of drawn) frame();
      };
      const left = () => ({ frames: frames.size, timers: jest.getTimerCount() });

      it('requests one animation frame per batch and waits for it, and requests none without values', () => {
        const source = new Subject<number>();
        const observed = observe(source.pipe(batchPerFrame()));
        expect(left()).toEqual({ frames: 0, timers: 0 });
        source.next(1);
        source.next(2);
        jest.advanceTimersByTime(500);
        expect(observed.values).toEqual([]);
        draw();
        expect(observed.values).toEqual([[1, 2]]);
        expect({ asked, ...left() }).toEqual({ asked: 1, frames: 0, timers: 0 });
        source.next(3);
        observed.subscription.unsubscribe();
        expect({ asked, ...left() }).toEqual({ asked: 2, frames: 0, timers: 0 });
      });

      it('waits at most a second if no frame is drawn, and cancels the frame', () => {
        const source = new Subject<number>();
        const observed = observe(source.pipe(batchPerFrame()));
        source.next(1);
        jest.advanceTimersByTime(999);
        source.next(2);
        expect(observed.values).toEqual([]);
        jest.advanceTimersByTime(1);
        expect(observed.values).toEqual([[1, 2]]);
        expect(left()).toEqual({ frames: 0, timers: 0 });
      });
    });
  });

  it(`emits each value once and in order, and never an empty batch, at any timing, with seed ${firstSeed}`, () => {
    for (let seed = firstSeed; seed < firstSeed + 500; seed++) {
      const random = new Random(seed);
      const clock = new Clock();
      let given = 0;
      const source = new Observable<number>(subscriber => {
        let time = 0;
        for (let left = random.between(0, 30); left > 0; left--) {
          time += random.pick([0, 0, 0, 1, 5, 20]);
          subscriber.add(clock.schedule(() => subscriber.next(given++), time));
        }
        const fails = random.chance(0.5);
        const end = () => (fails ? subscriber.error('over') : subscriber.complete());
        subscriber.add(clock.schedule(end, time + random.pick([0, 50])));
      });
      const frame = defer((): Observable<unknown> => {
        const soon = timer(random.between(0, 30), clock);
        return random.pick([soon, soon, of('now'), EMPTY, NEVER, concat(soon, soon), soon.pipe(take(0))]);
      });

      const observed = observe(source.pipe(batchPerFrame(frame)));
      clock.runOut();
      const { values, status } = observed;
      expect({ seed, values: values.flat() }).toEqual({
        seed,
        values: Array.from({ length: given }, (_, index) => index),
      });
      expect({ seed, empty: values.filter(({ length }) => length === 0) }).toEqual({ seed, empty: [] });
      expect({ seed, isOver: status !== 'live', timers: clock.timers }).toEqual({ seed, isOver: true, timers: 0 });
    }
  });
});
