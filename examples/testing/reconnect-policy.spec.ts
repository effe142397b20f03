import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type FetchLike, fromEventSource, ResponseStatusError, type ServerSentEvent } from 'rx-sse';
import { type FakeScript, fakeEventSource } from 'rx-sse/testing';
import { map, type Observable, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';

interface Auth {
  token(): string;
  refresh(): Observable<unknown>;
}

const isUnauthorized = (error: unknown) => error instanceof ResponseStatusError && error.status === 401;

/**
 * Waits longer after each failure, and gives up after four failures in a row. Refreshes the token after a 401, but only
 * once in a row.
 */
export function chatEvents(auth: Auth, fetch: FetchLike): Observable<ServerSentEvent> {
  return fromEventSource('/chat', {
    fetch,
    headers: () => ({ authorization: `Bearer ${auth.token()}` }),
    reconnect: {
      delay: 1000,
      count: 4,
      when: (error, attempt) => {
        if (!isUnauthorized(error)) return undefined;
        return isUnauthorized(attempt.error) ? false : auth.refresh().pipe(map(() => 0));
      },
    },
  });
}

describe('the policy of chatEvents', () => {
  let token: string;
  beforeEach(() => {
    token = 'old';
    // No random part of waits.
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /**
   * Runs the stream with a server that follows the script until `unsubscription`, and compares the result with marbles.
   */
  function expectEvents(
    script: (cold: (marbles: string) => Observable<string>) => FakeScript,
    { unsubscription, ...expected }: { marbles: string; unsubscription?: string; error?: unknown },
  ) {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable, flush }) => {
        const server = fakeEventSource(script(cold));
        const refresh = () => cold('-----(x|)').pipe(tap(() => (token = 'new')));
        const events = chatEvents({ token: () => token, refresh }, server.fetch).pipe(map(({ data }) => data));
        expectObservable(events, unsubscription).toBe(expected.marbles, undefined, expected.error);
        flush();
        server.verify();
      },
    );
  }

  it('waits for twice as long after each failure, and starts again once an event has come', () => {
    expectEvents(
      cold => connection => {
        if (connection.index === 3) return cold('a|');
        return connection.index < 5 ? connection.refuse(503) : cold('b');
      },
      { marbles: '7s a 3s b', unsubscription: '1m !' },
    );
  });

  it('refreshes the token on 401, and connects at once', () => {
    expectEvents(
      cold => connection =>
        connection.headers['authorization'] === 'Bearer new' ? cold('-a') : connection.refuse(401),
      { marbles: '------a', unsubscription: '1m !' },
    );
  });

  it('gives up where the fresh token is refused as well', () => {
    expectEvents(() => connection => connection.refuse(401), {
      marbles: '-----#',
      error: expect.objectContaining({ name: 'ResponseStatusError', status: 401 }),
    });
  });

  it('gives up after four failures in a row, with the last one', () => {
    expectEvents(() => connection => connection.fail(new Error(`failure ${connection.index}`)), {
      marbles: '15s #',
      error: expect.objectContaining({ name: 'ConnectionError', cause: new Error('failure 4') }),
    });
  });

  it('tries nothing again that is final', () => {
    expectEvents(() => connection => connection.refuse(404), {
      marbles: '#',
      error: expect.objectContaining({ name: 'ResponseStatusError', status: 404 }),
    });
  });
});
