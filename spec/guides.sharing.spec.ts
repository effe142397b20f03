/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { wrongStatus } from '#texts';
import { expect } from '@jest/globals';
import type { Observable, Subject } from 'rxjs';
import type { ConnectionState, ServerSentEvent } from '../src/index.js';
import { observe, type Observed, unobserve } from './support/observe.js';
import { describeExamples } from './support/run-examples.js';
import { until } from './support/until.js';

const isOpen = ({ status }: { status: string }) => status === 'open';
const observed = (exported: unknown) => observe(exported as Observable<never>) as Observed<unknown>;

describeExamples('docs/sharing.md', {
  'One connection for a whole page': async ({ execute, open, server }) => {
    const { chat$, state$ } = await execute('One connection for a whole page');
    const chat = observed(chat$) as Observed<ServerSentEvent>;
    const exchange = await open(0, 'id: 1\ndata: a\n\n');
    await chat.first(1);
    expect(observed(state$).values).toMatchObject([{ status: 'idle' }, { status: 'open' }]);
    exchange.send('data: b\n\n');
    expect(await chat.first(2)).toMatchObject([{ data: 'a' }, { data: 'b' }]);
    expect(server.exchanges).toHaveLength(1);
    // Unsubscribes, and subscribes again.
    unobserve();
    const again = observed(state$) as Observed<ConnectionState>;
    expect(again.values).toMatchObject([{ status: 'idle' }, { status: 'open' }]);
    expect(server.exchanges).toHaveLength(1);
  },

  'What a late subscriber misses': async ({ execute, open }) => {
    const { messages$ } = await execute('What a late subscriber misses');
    const first = observed(messages$);
    await open(0, 'data: a\n\ndata: b\n\n');
    await first.first(2);
    expect(observed(messages$).values).toEqual([['a', 'b']]);
  },

  'Events alone': async ({ execute, open, server }) => {
    const { chat$ } = await execute('Events alone');
    const both = [observed(chat$), observed(chat$)];
    await open(0, 'data: a\n\n');
    for (const one of both) expect(await one.first(1)).toMatchObject([{ data: 'a' }]);
    expect(server.exchanges).toHaveLength(1);
  },

  'A state without flicker': async ({ execute, open, logged, server }) => {
    await execute('A state without flicker');
    const exchange = await open(0, ': hi\n\n');
    await logged(3);
    exchange.cut();
    await open(1, ': back\n\n');
    // The states that follow show that none was emitted in between.
    (await server.exchange(1)).cut();
    (await server.exchange(2)).refuse(204);
    expect(await logged(4)).toEqual(['idle', 'connecting', 'open', 'closed']);
  },

  'A state that stays': async ({ execute, server }) => {
    const { state$ } = await execute('A state that stays');
    const first = observed(state$);
    (await server.exchange(0)).refuse(404);
    await first.completed();
    expect(observed(state$).values).toMatchObject([{ status: 'failed', error: { status: 404 } }]);
    expect(server.exchanges).toHaveLength(1);
  },
});

describeExamples('docs/stores.md', {
  Stores: async ({ execute, server, logged }) => {
    await execute('Stores');
    (await server.exchange(0)).refuse(404);
    expect(await logged(3)).toEqual(['idle ', 'connecting ', expect.stringMatching(`^failed ${wrongStatus(404)}`)]);
  },

  'In a few lines': async ({ execute, open, logged }) => {
    await execute('In a few lines');
    const first = await open(0, 'id: 1\ndata: a\n\ndata: b\n\n');
    await logged(4);
    first.cut();
    await open(1, 'data: c\n\n');
    expect(await logged(8)).toEqual([
      ...['connecting 0', 'open 0', 'open 1', 'open 2'],
      ...['waiting 2', 'connecting 2', 'open 2', 'open 3'],
    ]);
  },

  'Starting over': async ({ execute, open, after }) => {
    const edit = (code: string) => `${code}\nObject.assign(exports, { chat, entered$ });`;
    const { chat, entered$ } = (await execute('Starting over', { edit })) as unknown as {
      chat: { texts: string[]; connection: ConnectionState };
      entered$: Subject<void>;
    };
    after(() => entered$.complete());
    entered$.next();
    await open(0, 'id: 7\nevent: chat\ndata: a\n\n');
    await until(() => chat.texts.length === 1);
    // The stream is the same: it resumes, and keeps its texts.
    entered$.next();
    expect((await open(1, 'event: chat\ndata: b\n\n')).lastEventId).toBe('7');
    await until(() => chat.texts.length === 2);
    expect(chat.texts).toEqual(['a', 'b']);
    expect(isOpen(chat.connection)).toBe(true);
  },

  'When a stream fails': async ({ execute, server, logged }) => {
    await execute('When a stream fails');
    (await server.exchange(0)).refuse(404, {}, 'no such room');
    expect(await logged(3)).toEqual(['connecting', 'no such room', 'failed']);
  },
});
