import { notOpen, tooLarge } from '#texts';
import { describe, expect, it, jest } from '@jest/globals';
import {
  EventSourceTimeoutError,
  EventTooLargeError,
  fromEventSource,
  fromEventSourceLifecycle,
} from '../src/index.js';
import { Clock } from './support/clock.js';
import { observe, ofKind } from './support/observe.js';
import { server, subscribe, useServer } from './support/use-server.js';

describe('the options', () => {
  useServer();

  describe('validate', () => {
    it('refuses a response by throwing or rejecting; the body is cancelled, and the error final unless `when` retries', async () => {
      const refused = new Error('not today');
      const validate = jest.fn((response: Response): Promise<void> => {
        if (response.headers.has('x-maybe')) return Promise.reject(refused);
        throw refused;
      });
      const stream = subscribe({ validate, reconnect: { delay: 0, count: 1, when: () => true } });
      const first = (await server.exchange(0)).open();
      await first.gone();
      const second = (await server.exchange(1)).open({ 'x-maybe': '1' });
      await second.gone();
      expect(await stream.failed()).toBe(refused);

      const final = subscribe({ validate });
      (await server.exchange(2)).open();
      expect(await final.failed()).toBe(refused);
    });

    it('can read the body of a response that it refuses', async () => {
      const stream = subscribe({
        validate: async response => {
          throw new Error(await response.text());
        },
      });
      (await server.exchange(0)).refuse(200, { 'content-type': 'text/event-stream' }, 'the reason');
      expect(await stream.failed()).toEqual(new Error('the reason'));
    });

    it('is not called for a 204', async () => {
      const validate = jest.fn<() => void>();
      const stream = observe(fromEventSourceLifecycle(server.url, { validate }));
      (await server.exchange(0)).refuse(204);
      expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
      expect(validate).not.toHaveBeenCalled();
    });
  });

  describe('the timeouts', () => {
    it('connectTimeout limits the time until the headers, and reconnects', async () => {
      const clock = new Clock();
      const stream = observe(
        fromEventSourceLifecycle(server.url, { connectTimeout: 5000, scheduler: clock, reconnect: { delay: 100 } }),
      );
      const first = await server.exchange(0);
      clock.advanceTo(4999);
      expect(stream.values).toHaveLength(1);
      clock.advanceTo(5000);
      await first.gone();
      const { error } = await stream.find(ofKind('waiting'));
      expect(error).toBeInstanceOf(EventSourceTimeoutError);
      expect((error as Error).message).toContain(notOpen(5000));
      clock.advanceTo(5100);
      (await server.exchange(1)).open();
      await stream.find(ofKind('open'));
      // An open stream may be silent for any length of time.
      clock.advanceTo(1_000_000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'open' });
      stream.subscription.unsubscribe();
    });

    it('idleTimeout limits silence; a comment counts as activity [pitfall 17]', async () => {
      const clock = new Clock();
      const stream = observe(
        fromEventSourceLifecycle(server.url, { idleTimeout: 1000, scheduler: clock, reconnect: { delay: 100 } }),
      );
      const exchange = (await server.exchange(0)).open();
      await stream.find(ofKind('open'));
      clock.advanceTo(900);
      exchange.send(':\n');
      await stream.find(ofKind('comment'));
      clock.advanceTo(1899);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'comment' });
      clock.advanceTo(1900);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'waiting', error: expect.any(EventSourceTimeoutError) });
      await exchange.gone();
      clock.runOut();
      await server.exchange(1);
      stream.subscription.unsubscribe();
    });

    it('idleTimeout does not end a stream just because the machine slept [pitfall 19]', async () => {
      const clock = new Clock();
      const stream = observe(fromEventSourceLifecycle(server.url, { idleTimeout: 1000, scheduler: clock }));
      const exchange = (await server.exchange(0)).open();
      await stream.find(ofKind('open'));
      // The timer for 1000 ms fires an hour late.
      const now = jest.spyOn(clock, 'now').mockImplementation(() => clock.frame + 3_600_000);
      clock.advanceTo(1000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'open' });
      exchange.send(':\n');
      await stream.find(ofKind('comment'));
      clock.advanceTo(1999);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'comment' });
      // After another second of silence, the stream times out.
      clock.advanceTo(2000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'waiting', error: expect.any(EventSourceTimeoutError) });
      now.mockRestore();
      stream.subscription.unsubscribe();
    });

    it('idleTimeout does not run while the application delays the next chunk', async () => {
      const clock = new Clock();
      let goOn: () => void = () => undefined;
      const stream = subscribe({
        idleTimeout: 1000,
        scheduler: clock,
        deliver: flush => {
          flush();
          return new Promise<void>(resolve => (goOn = resolve));
        },
      });
      const exchange = (await server.exchange(0)).open().send('data: x\n\n');
      await stream.first(1);
      clock.advanceTo(100_000);
      exchange.send('data: y\n\n');
      goOn();
      expect(await stream.first(2)).toHaveLength(2);
      stream.subscription.unsubscribe();
    });

    it('are off by default: nothing is timed', async () => {
      const clock = new Clock();
      const stream = observe(fromEventSourceLifecycle(server.url, { scheduler: clock }));
      await server.exchange(0);
      expect(clock.timers).toBe(0);
      server.exchanges[0]?.open();
      await stream.find(ofKind('open'));
      expect(clock.timers).toBe(0);
      stream.subscription.unsubscribe();
    });
  });

  it('maxEventSize ends the stream for good with a clear error, after the previous events [pitfall 33]', async () => {
    const stream = observe(fromEventSource(`${server.url}?token=secret`, { maxEventSize: 10 }));
    const exchange = await server.exchange(0);
    exchange.open().send('data: x\n\ndata: 123456789\n\n');
    const error = (await stream.failed()) as Error;
    expect(error).toBeInstanceOf(EventTooLargeError);
    expect(error.message).toContain(tooLarge('line', 10, 15));
    expect(error.message).toContain(server.url);
    expect(error.message).not.toContain('secret');
    expect(stream.values).toHaveLength(1);
    await exchange.gone();
    expect(server.exchanges).toHaveLength(1);
  });
});
