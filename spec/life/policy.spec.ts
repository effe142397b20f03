import { notOpen } from '#texts';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { NEVER, of, Subject, throwError } from 'rxjs';
import { EventSourceError, StreamEndedError } from '../../src/index.js';
import { fakeStream } from '../support/steps-of.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a success', () => {
  it('is a connection that was open for `maxDelay`: proxies that cut quiet streams use up no `count` [pitfall 45]', () => {
    const { server, clock, said } = fakeStream({ reconnect: { jitter: 0, count: 5 }, idleTimeout: 0 });
    for (let night = 0; night < 500; night++) {
      const connection = server.expectConnection().open();
      clock.advanceTo(clock.now() + 60_000);
      if (night % 2) connection.comment('beat').break();
      else connection.comment('beat').end();
      expect(said().at(-1)).toBe('waiting 3000');
      clock.advanceTo(clock.now() + 3000);
    }
  });

  it('is not a connection that was open for less: the waits grow, and `count` is used up', () => {
    const { server, clock, said } = fakeStream({ reconnect: { jitter: 0, count: 2 } });
    for (let turn = 0; turn < 3; turn++) {
      const connection = server.expectConnection().open();
      clock.advanceTo(clock.now() + 29_999);
      connection.comment('beat').break();
      clock.advanceTo(clock.now() + 6000);
    }
    expect(said().filter(step => /waiting|error/.test(step))).toEqual([
      'waiting 3000',
      'waiting 6000',
      expect.stringMatching(/^error ConnectionError/),
    ]);
  });

  it('doesn’t depend on how long an attempt took', () => {
    const { server, clock, said } = fakeStream();
    for (let turn = 0; turn < 3; turn++) {
      const connection = server.expectConnection();
      clock.advanceTo(clock.now() + 90_000);
      connection.fail();
      clock.advanceTo(clock.now() + 12_000);
    }
    expect(said().filter(step => step.startsWith('waiting'))).toEqual([
      'waiting 3000',
      'waiting 6000',
      'waiting 12000',
    ]);
  });
});

describe('a wait that the server requests', () => {
  it('is a minimum to which jitter is added [pitfall 47]', () => {
    const random = jest.spyOn(Math, 'random');
    for (const [share, wait] of [
      [0, 10_000],
      [0.5, 12_500],
      [0.999, 14_995],
    ] as const) {
      random.mockReturnValue(share);
      const { server, said } = fakeStream({ reconnect: { jitter: 0.5 } });
      server.expectConnection().open().raw('retry: 10000\n\n').end();
      expect(said().at(-1)).toBe(`waiting ${wait}`);
      const refused = fakeStream({ reconnect: { jitter: 0.5 } });
      refused.server.expectConnection().refuse(503, { headers: { 'retry-after': '10' } });
      expect(refused.said().at(-1)).toBe(`waiting ${wait}`);
    }
  });

  it('is a minimum regardless of `maxDelay`, up to an hour', () => {
    const { server, said } = fakeStream({ reconnect: { jitter: 0, maxDelay: 1000 } });
    server.expectConnection().open().raw('retry: 600000\n\n').end();
    expect(said().at(-1)).toBe('waiting 600000');
    const huge = fakeStream();
    huge.server
      .expectConnection()
      .open()
      .raw(`retry: ${10 ** 12}\n\n`)
      .end();
    expect(huge.said().at(-1)).toBe('waiting 3600000');
  });

  it.each([
    ['a `delay` function', { delay: () => 10 }],
    ['`when`', { when: () => 10 }],
  ])('is a minimum for the result of %s as well, and jitter is added', (_name, reconnect) => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { server, said } = fakeStream({ reconnect: { jitter: 0.5, ...reconnect } });
    server.expectConnection().refuse(503, { headers: { 'retry-after': '10' } });
    expect(said().at(-1)).toBe('waiting 12500');
  });
});

describe('a stream while its policy decides', () => {
  it('is `waiting` from the moment that the connection is lost [pitfall 56]', () => {
    const answer = new Subject<boolean | number>();
    const { server, said } = fakeStream({ reconnect: { jitter: 0, when: () => answer } });
    server.expectConnection().open().break();
    expect(said()).toEqual(['connecting 0', 'open', 'waiting ?']);
    answer.next(true);
    expect(said()).toEqual(['waiting 3000']);
  });

  it('emits `waiting` once if the decision is synchronous', () => {
    for (const when of [() => true, () => undefined, () => of(true)]) {
      const { server, said } = fakeStream({ reconnect: { jitter: 0, when } });
      server.expectConnection().open().break();
      expect(said()).toEqual(['connecting 0', 'open', 'waiting 3000']);
    }
  });

  it('is no longer `waiting` when the decision is `false`, but fails', () => {
    const answer = new Subject<boolean>();
    const { server, said } = fakeStream({ reconnect: { when: () => answer } });
    server.expectConnection().open().break();
    answer.next(false);
    expect(said().slice(-2)).toEqual(['waiting ?', expect.stringMatching(/^error ConnectionError/)]);
  });

  it('unsubscribes from the decision when it is unsubscribed', () => {
    const answer = new Subject<boolean>();
    const { server, subscription } = fakeStream({ reconnect: { when: () => answer } });
    server.expectConnection().fail();
    expect(answer.observed).toBe(true);
    subscription.unsubscribe();
    expect(answer.observed).toBe(false);
  });

  it('calls `when` for a clean end that reconnects too, with a StreamEndedError', () => {
    const asked: unknown[] = [];
    const when = (error: unknown, { count, lastEventId }: { count: number; lastEventId: string }) =>
      void asked.push([error, count, lastEventId]);
    const { server, said, log } = fakeStream({ reconnect: { jitter: 0, when } });
    server.expectConnection().open().send({ id: 1, data: 'a' }).end();
    expect(said().at(-1)).toBe('waiting 3000');
    expect(asked).toEqual([[expect.any(StreamEndedError), 0, '']]);
    expect(asked.flat()[0]).toMatchObject({ name: 'StreamEndedError', retryable: true });
    // Everywhere else, the clean end isn't an error.
    expect(log.at(-1)).toEqual({ kind: 'waiting', delay: 3000, attempt: 1 });
  });

  it('completes if `when` refuses to reconnect after a clean end, and doesn’t call it without `onEnd`', () => {
    const no = fakeStream({ reconnect: { when: () => false } });
    no.server.expectConnection().open().end();
    expect(no.said().slice(-2)).toEqual(['closed end', 'complete']);
    const when = jest.fn(() => true);
    const ends = fakeStream({ reconnect: { onEnd: false, when } });
    ends.server.expectConnection().open().end();
    expect(ends.said().slice(-2)).toEqual(['closed end', 'complete']);
    expect(when).not.toHaveBeenCalled();
  });
});

describe('a rejection', () => {
  it.each(['headers', 'prepare'] as const)(
    'of `%s` is a failure like any other: the stream tries again [pitfall 48]',
    name => {
      let tries = 0;
      const offline = () =>
        ++tries < 3 ? throwError(() => new TypeError('offline')) : of({ url: 'http://localhost/', init: {} });
      const { server, clock, said } = fakeStream({ [name]: offline });
      expect(said()).toEqual(['connecting 0', 'waiting 3000']);
      server.expectNoConnection();
      clock.runOut();
      expect(said()).toEqual(['connecting 1', 'waiting 6000', 'connecting 2']);
      server.expectConnection();
    },
  );

  it('is the final error when `count` is used up, and is reported unchanged until then', () => {
    const offline = new TypeError('offline');
    const asked: unknown[] = [];
    const { said, log, clock } = fakeStream({
      headers: () => throwError(() => offline),
      reconnect: { count: 1, jitter: 0, when: error => void asked.push(error) },
    });
    clock.runOut();
    expect(log).toContainEqual({ kind: 'waiting', delay: 3000, attempt: 1, error: offline });
    expect(said().at(-1)).toBe('error TypeError: offline');
    expect(asked).toEqual([offline]);
  });

  it('is final if its error isn’t retryable, or if it is thrown synchronously', () => {
    const final = fakeStream({ headers: () => throwError(() => new EventSourceError('no')) });
    expect(final.said()).toEqual(['connecting 0', 'error EventSourceError: no']);
    const thrown = fakeStream({
      headers: () => {
        throw new TypeError('a bug');
      },
    });
    expect(thrown.said()).toEqual(['connecting 0', 'error TypeError: a bug']);
  });

  it('of `validate` is a verdict on the response, and final', () => {
    const { server, said } = fakeStream({ validate: () => throwError(() => new Error('refused')) });
    server.expectConnection().open();
    expect(said()).toEqual(['connecting 0', 'error Error: refused']);
  });
});

describe('the option connectTimeout', () => {
  const timedOut = ['waiting 3000'];

  it.each([
    ['headers', { headers: () => NEVER }],
    ['prepare', { prepare: () => NEVER }],
    ['validate', { validate: () => NEVER }],
    ['`get` of a store', { lastEventId: { get: () => NEVER, set: () => undefined } }],
    ['the response', {}],
  ])('limits the wait for %s [pitfall 48]', (name, options) => {
    const { server, clock, said } = fakeStream({ connectTimeout: 5000, ...options });
    if (name === 'validate') server.expectConnection().open();
    clock.advanceTo(4999);
    expect(said().filter(step => step.startsWith('waiting'))).toEqual([]);
    clock.advanceTo(5000);
    expect(said()).toEqual(timedOut);
    expect(server.connections.filter(({ state }) => state !== 'closed')).toEqual([]);
  });

  it('has an error that explains it, and no longer applies once the stream is open', () => {
    const { server, clock, log, said } = fakeStream({ connectTimeout: 5000 });
    server.expectConnection().open();
    expect(clock.timers).toBe(0);
    clock.advanceTo(60_000);
    expect(said()).toEqual(['connecting 0', 'open']);
    server.connections[0]?.break();
    clock.advanceTo(68_000);
    expect(log.at(-1)).toMatchObject({
      error: { name: 'EventSourceTimeoutError', message: expect.stringContaining(notOpen(5000)) },
    });
  });

  it('calls a store again if its value did not arrive in time', () => {
    let asked = 0;
    const get = () => (asked++ === 0 ? NEVER : of('7'));
    const { server, clock } = fakeStream({ connectTimeout: 5000, lastEventId: { get, set: () => undefined } });
    clock.advanceTo(8000);
    server.expectConnection({ lastEventId: '7' });
  });

  it.each(['connectTimeout', 'idleTimeout'])('`0` turns `%s` off', name => {
    const { server, clock, said } = fakeStream({ [name]: 0 });
    clock.advanceTo(10_000_000);
    server.expectConnection().open();
    clock.advanceTo(20_000_000);
    expect(said()).toEqual(['connecting 0', 'open']);
    expect(clock.timers).toBe(0);
  });
});
