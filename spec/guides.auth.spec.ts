/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import type { FetchLike } from '../src/index.js';
import { authentication } from './support/authentication.js';
import { describeExamples } from './support/run-examples.js';

describeExamples('docs/auth.md', {
  'A header': async ({ execute, open, logged }) => {
    await execute('A header');
    const first = await open(0, 'data: a\n\n');
    await logged(1);
    first.cut();
    const second = await open(1, '');
    for (const { request } of [first, second]) expect(request.headers.authorization).toBe('Bearer abc');
  },

  'A fresh token for every attempt': async ({ execute, open, logged }) => {
    const auth = authentication();
    await execute('A fresh token for every attempt', { globals: { auth } });
    const first = await open(0, 'data: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer token-0');
    await logged(1);
    await auth.refresh();
    first.cut();
    expect((await open(1, '')).request.headers.authorization).toBe('Bearer token-1');
  },

  'Refresh on 401': async ({ execute, server, open, logged }) => {
    await execute('Refresh on 401', { globals: { auth: authentication() } });
    (await server.exchange(0)).refuse(401);
    const second = await open(1, 'data: a\n\n');
    expect(second.request.headers.authorization).toBe('Bearer token-1');
    await logged(1);
    second.cut();
    (await server.exchange(2)).refuse(401);
    const last = await server.exchange(3);
    expect(last.request.headers.authorization).toBe('Bearer token-2');
    last.refuse(401);
    expect(await logged(2)).toEqual(['a', expect.stringContaining('not allowed: ResponseStatusError')]);
    expect(server.exchanges).toHaveLength(4);
  },

  'A token that changes': async ({ execute, server, open, logged, after }) => {
    const auth = authentication();
    after(() => auth.token$.complete());
    await execute('A token that changes', { globals: { auth } });
    auth.token$.next('ada');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(1);
    auth.token$.next('bob');
    await first.gone();
    const second = await server.exchange(1);
    expect(second.request.headers.authorization).toBe('Bearer bob');
    expect(second.lastEventId).toBe('7');
  },

  Cookies: async ({ execute, open, logged }) => {
    const credentials: unknown[] = [];
    const spy: FetchLike = (url, init: RequestInit) => {
      credentials.push(init.credentials);
      return fetch(url, init);
    };
    await execute('Cookies', { options: { fetch: spy } });
    await open(0, 'data: a\n\n');
    await logged(1);
    expect(credentials).toEqual(['include']);
  },

  'Not in the URL': async ({ execute, open, logged }) => {
    await execute('Not in the URL', { globals: { auth: authentication() } });
    const first = await open(0, 'data: a\n\n');
    expect(first.request.url).toBe('/chat/stream?ticket=ticket-0');
    await logged(1);
    first.cut();
    expect((await open(1, '')).request.url).toBe('/chat/stream?ticket=ticket-1');
  },
});
