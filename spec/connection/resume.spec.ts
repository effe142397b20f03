import { noRequest } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { of, throwError } from 'rxjs';
import { type Attempt, type EventSourceOptions, fromEventSource, type ServerSentEvent } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { fakeStream } from '../support/steps-of.js';

describe('the option resume', () => {
  const POST: EventSourceOptions = {
    method: 'POST',
    body: 'question',
    headers: { 'content-type': 'text/plain', authorization: 'Bearer 1' },
  };
  /** Returns a stream whose POST received the event with id 1, and was then cut. */
  const cut = (options: EventSourceOptions) => {
    const own = fakeStream({ ...POST, reconnect: undefined, ...options });
    own.server.expectConnection({ method: 'POST', body: 'question' }).open().send({ id: 1, data: 'a' }).break();
    own.clock.runOut();
    return own;
  };

  it('requests the rest from a URL by GET, with the same headers and the position [pitfall 52]', () => {
    for (const resume of ['http://localhost/rest', new URL('http://localhost/rest')]) {
      const { server, said } = cut({ resume });
      const again = server.expectConnection({
        method: 'GET',
        url: 'http://localhost/rest',
        lastEventId: '1',
        headers: { authorization: 'Bearer 1', accept: 'text/event-stream' },
      });
      expect(again.body).toBeNull();
      again.open().send({ id: 2, data: 'b' });
      expect(said().slice(-2)).toEqual(['open from 1', 'b']);
    }
  });

  it('sends the position to the URL as a query parameter, if `lastEventIdParam` is set', () => {
    const { server } = cut({ resume: 'http://localhost/rest?a=b', lastEventIdParam: 'after' });
    server.expectConnection({ url: 'http://localhost/rest?a=b&after=1', headers: { 'last-event-id': null } });
  });

  it('sends the request that a function of the attempt returns, which adds the position itself', () => {
    const attempts: Attempt[] = [];
    const { server, said } = cut({
      resume: attempt => {
        attempts.push(attempt);
        const url = `http://localhost/answers/7?starting_after=${attempt.lastEventId}`;
        return of({ url, init: { headers: { 'X-Resumed': 'yes' } } });
      },
    });
    server
      .expectConnection({
        method: 'GET',
        url: 'http://localhost/answers/7?starting_after=1',
        headers: { authorization: 'Bearer 1', 'x-resumed': 'yes', 'last-event-id': null },
      })
      .open();
    expect(said().at(-1)).toBe('open from 1');
    expect(attempts).toEqual([{ count: 1, lastEventId: '1', error: expect.objectContaining({ retryable: true }) }]);
  });

  it('may use another method, with a body', () => {
    const { server } = cut({
      resume: ({ lastEventId }) => ({ url: 'http://localhost/rest', init: { method: 'POST', body: lastEventId } }),
    });
    server.expectConnection({ method: 'POST', url: 'http://localhost/rest', body: '1' });
  });

  it('runs before `prepare`', () => {
    const { server } = cut({
      resume: 'http://localhost/rest',
      prepare: ({ url, init }, { lastEventId }) => ({ url: lastEventId ? `${url}?prepared` : url, init }),
    });
    server.expectConnection({ url: 'http://localhost/rest?prepared', lastEventId: '1' });
  });

  it('also applies to a first attempt with a position', () => {
    const server = fakeEventSource();
    fromEventSource('/start', { ...POST, fetch: server.fetch, lastEventId: '4', resume: '/rest' }).subscribe();
    server.expectConnection({ method: 'GET', url: '/rest', lastEventId: '4' });
  });

  it('completes the stream by null, fails it with a thrown error, and tries again after a rejection [pitfall 48]', () => {
    expect(
      cut({ resume: () => null })
        .said()
        .slice(-2),
    ).toEqual(['closed stopped', 'complete']);
    const bug = cut({
      resume: () => {
        throw new RangeError('mine');
      },
    });
    expect(bug.said().at(-1)).toBe('error RangeError: mine');
    expect(
      cut({ resume: (() => undefined) as never })
        .said()
        .at(-1),
    ).toBe(`error TypeError: ${noRequest('resume')}`);
    let tries = 0;
    const offline = cut({
      resume: () => (++tries < 3 ? throwError(() => new Error('offline')) : of({ url: 'http://localhost/rest' })),
    });
    offline.server.expectConnection({ url: 'http://localhost/rest' });
    expect(tries).toBe(3);
  });

  it.each<[string, EventSourceOptions]>([
    ['without a reconnection policy', { reconnect: undefined }],
    ['with a reconnection policy', { reconnect: { delay: 10 } }],
  ])('doesn’t repeat a POST that has received no position, %s [pitfalls 14, 18]', (_, options) => {
    for (const end of ['fail', 'refuse', 'break'] as const) {
      const { server, said } = fakeStream({ ...POST, ...options, resume: 'http://localhost/rest' });
      const connection = server.expectConnection({ method: 'POST' });
      if (end === 'fail') connection.fail();
      else if (end === 'refuse') connection.refuse(503);
      else connection.open().send('without an id').break();
      expect(said().at(-1)).toMatch(/^error/);
      server.expectNoConnection();
    }
  });

  it('repeats a POST that has received no position, if `when` allows it', () => {
    const asked = fakeStream({ ...POST, reconnect: { when: () => true }, resume: 'http://localhost/rest' });
    asked.server.expectConnection({ method: 'POST' }).fail();
    asked.clock.runOut();
    asked.server.expectConnection({ method: 'POST' });
    expect(asked.said().slice(-2)).toEqual(['waiting 3000', 'connecting 1']);
  });

  it('doesn’t start a POST again if the server refuses the position, and lets `when` decide about a retry', () => {
    for (const reconnect of [undefined, {}]) {
      const { server, said } = cut({ resume: 'http://localhost/rest', reconnect });
      server.expectConnection().refuse(410);
      expect(said().at(-1)).toMatch(/^error ResponseStatusError/);
      server.expectNoConnection();
    }
    // A server that hasn’t noticed yet that the previous connection is gone.
    const asked = cut({ resume: 'http://localhost/rest', reconnect: { when: () => true } });
    asked.server.expectConnection({ method: 'GET', lastEventId: '1' }).refuse(409);
    asked.clock.runOut();
    asked.server.expectConnection({ method: 'GET', lastEventId: '1' });
  });

  it('starts again with the first request if the position can’t be sent', () => {
    const own = fakeStream({ ...POST, resume: 'http://localhost/rest' });
    own.server.expectConnection().open().send({ id: 'a\u0001b', data: 'a' }).break();
    own.clock.runOut();
    own.server.expectConnection({ method: 'POST' });
  });

  it('completes when a POST ends cleanly', () => {
    const { server, said } = fakeStream({ ...POST, reconnect: undefined, resume: 'http://localhost/rest' });
    server.expectConnection().open().send({ id: 1, data: 'a' }).end();
    expect(said().slice(-2)).toEqual(['closed end', 'complete']);
  });

  it.each(['a URL', 'a function'])(
    'with %s, works with `position` and `isLast`: emits each event once, however the response is cut',
    how => {
      const events = Array.from({ length: 20 }, (_, index) => ({ n: index + 1, last: index === 19 }));
      const after = (url: string, id: string) => Number(new URL(url).searchParams.get('after') ?? (id || 0));
      const server = fakeEventSource(connection => {
        connection.open();
        const from = connection.method === 'POST' ? 0 : after(connection.url, connection.lastEventId);
        const until = from + 1 + (connection.index % 4);
        for (const event of events.slice(from, until)) connection.send({ data: JSON.stringify(event) });
        if (connection.index % 2) connection.break();
        else connection.end();
      });
      const { said, clock } = fakeStream({
        ...POST,
        fetch: server.fetch,
        reconnect: undefined,
        position: ({ data }: ServerSentEvent) => String((JSON.parse(data) as { n: number }).n),
        isLast: ({ data }: ServerSentEvent) => (JSON.parse(data) as { last: boolean }).last,
        resume:
          how === 'a URL'
            ? 'http://localhost/rest'
            : ({ lastEventId }) => ({ url: `http://localhost/rest?after=${lastEventId}` }),
      });
      clock.runOut();
      const steps = said();
      expect(steps.filter(step => step.startsWith('{')).map(step => (JSON.parse(step) as { n: number }).n)).toEqual(
        events.map(({ n }) => n),
      );
      expect(steps.slice(-2)).toEqual(['closed last', 'complete']);
      expect(server.connections.filter(({ method }) => method === 'POST')).toHaveLength(1);
    },
  );
});
