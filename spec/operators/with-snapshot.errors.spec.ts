import { noAnswer } from '#texts';
import { describe, expect, it, jest } from '@jest/globals';
import { EMPTY, of, throwError } from 'rxjs';
import { type Answer, ConnectionError, EventSourceError, type ServerSentEvent } from '../../src/index.js';
import { fail } from './fail.js';
import { settled } from './settled.js';
import { stand } from './snapshot-stand.js';
import { comment, connecting, event, gap, open, waiting } from './snapshot-steps.js';

describe('withSnapshot', () => {
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
});
