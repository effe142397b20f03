/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import type { Server } from 'node:http';
import * as nodeHttp from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { filter, firstValueFrom, map, type Observable, take, takeWhile, toArray } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle } from '../src/index.js';
import { Clock } from './support/clock.js';
import { requests } from './support/requests.js';
import { describeExamples, type ExampleRun } from './support/run-examples.js';
import { until } from './support/until.js';

/** A page's storage. */
function storage(entries: readonly (readonly [string, string])[] = []) {
  const items = new Map(entries);
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

/** Runs the example of a server, closes the server after the test, and returns its origin. */
async function serve(heading: string, { execute, after }: ExampleRun): Promise<string> {
  const { server } = (await execute(heading, { modules: { 'node:http': nodeHttp } })) as { server: Server };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describeExamples('docs/resuming.md', {
  'What the server does': async run => {
    const origin = await serve('What the server does', run);
    const url = `${origin}/chat/stream`;
    const received = (lastEventId: string, count: number) =>
      firstValueFrom(fromEventSource(url, { lastEventId }).pipe(take(count), toArray()));
    expect(await received('', 3)).toMatchObject([{ data: 'one' }, { data: 'two' }, { data: 'three' }]);
    expect(await received('2', 1)).toMatchObject([{ data: 'three', lastEventId: '3' }]);
  },

  'Which subscription resumes': async ({ execute, open, logged }) => {
    await execute('Which subscription resumes');
    await open(0, 'id: 7\ndata: a\n\n');
    const second = await open(1, 'data: b\n\n');
    expect(second.lastEventId).toBe('7');
    expect(await logged(2)).toEqual(['a', 'b']);
  },

  'A fresh start': async run => {
    const { message$ } = await run.execute('A fresh start', { edit: code => `${code}\nexports.message$ = message$;` });
    const first = await run.open(0, 'id: 7\ndata: a\n\n');
    await run.logged(1);
    await run.end();
    await first.gone();
    run.after(() => again.unsubscribe());
    const again = (message$ as Observable<unknown>).subscribe();
    expect((await run.server.exchange(1)).lastEventId).toBeUndefined();
  },

  'Across reloads': async ({ execute, open, logged }) => {
    const localStorage = storage([['chat.position', '6']]);
    await execute('Across reloads', { globals: { localStorage } });
    expect((await open(0, 'id: 7\ndata: a\n\n')).lastEventId).toBe('6');
    await logged(1);
    expect(localStorage.getItem('chat.position')).toBe('7');
  },

  'Across restarts': async ({ execute, open, end }) => {
    const files = new Map<string, string>();
    const fileSystem = {
      readFile: (path: string) =>
        files.has(path) ? Promise.resolve(files.get(path)) : Promise.reject(new Error('ENOENT')),
      writeFile: (path: string, text: string) => Promise.resolve(void files.set(path, text)),
      rename: (path: string, other: string) => {
        files.set(other, files.get(path) ?? '');
        return Promise.resolve(void files.delete(path));
      },
    };
    const surroundings = { modules: { 'node:fs/promises': fileSystem } };
    await execute('Across restarts', surroundings);
    expect((await open(0, 'id: 7\ndata: a\n\n')).lastEventId).toBeUndefined();
    await until(() => files.get('position') === '7');
    await end();
    await execute('Across restarts', surroundings);
    expect((await open(1, '')).lastEventId).toBe('7');
  },

  'Duplicates after a crash': async ({ execute, open, end }) => {
    const saved: [unknown, string][] = [];
    const orders = {
      position: () => Promise.resolve(saved.at(-1)?.[1] ?? ''),
      save: (order: unknown, position: string) => Promise.resolve(void saved.push([order, position])),
    };
    await execute('Duplicates after a crash', { globals: { orders } });
    await open(0, 'id: 1\ndata: 10\n\nid: 2\ndata: 20\n\n');
    await until(() => saved.length === 2);
    await end();
    await execute('Duplicates after a crash', { globals: { orders } });
    expect((await open(1, 'id: 3\ndata: 30\n\n')).lastEventId).toBe('2');
    await until(() => saved.length === 3);
    expect(saved).toEqual([
      [10, '1'],
      [20, '2'],
      [30, '3'],
    ]);
  },

  'What resumedFrom says': async ({ execute, open, log }) => {
    await execute('What resumedFrom says');
    const data = ['data: a\n\n', 'id: 7\ndata: b\n\n', 'data: c\n\n'];
    for (const [index, chunk] of data.entries()) {
      const exchange = await open(index, chunk);
      await until(() => log.filter(line => line.startsWith('event')).length > index);
      exchange.cut();
    }
    expect(log.filter(line => /asked|gap|event/.test(line))).toEqual([
      ...['asked for what follows nothing', 'event a'],
      ...['asked for what follows nothing', 'gap ', 'event b'],
      ...['asked for what follows 7', 'event b,c'],
    ]);
  },

  'A position in the data': async ({ execute, open, logged }) => {
    await execute('A position in the data');
    const first = await open(0, 'data: {"at":17}\n\n');
    expect(first.request.url).toBe('/news');
    await logged(1);
    first.cut();
    expect((await open(1, 'data: {"at":18}\n\n')).request.url).toBe('/news?since=17');
    expect(await logged(2)).toEqual(['17 {"at":17}', '18 {"at":18}']);
  },

  'POST starts, GET goes on': async run => {
    const { execute, server, open, logged } = run;
    const clock = new Clock();
    await execute('POST starts, GET goes on', { options: { scheduler: clock } });
    const first = await server.exchange(0);
    expect([first.request.method, await first.body()]).toEqual(['POST', '{"render":"video"}']);
    first.open().send('id: 1\nevent: frame\ndata: a\n\n');
    await logged(1);
    first.cut();
    await requests(run, clock, 2);
    const second = await open(1, 'id: 2\nevent: done\ndata: b\n\n');
    expect([second.request.method, second.request.url, second.lastEventId]).toEqual(['GET', '/jobs/stream', '1']);
    await second.gone();
    expect(await logged(2)).toEqual(['frame a', 'done b']);
  },
});

describeExamples('docs/gaps-and-snapshots.md', {
  'What a gap is': async ({ execute, open, server, logged }) => {
    await execute('What a gap is');
    const first = await open(0, 'id: 1\ndata: a\n\n');
    await logged(1);
    first.cut();
    (await server.exchange(1)).open({ 'last-event-id': '20' }).send('id: 21\ndata: b\n\n');
    expect(await logged(3)).toEqual(['a', 'asked for what follows 1, got what follows 20', 'b']);
  },

  'A gap that an event reports': async ({ execute, open, logged }) => {
    await execute('A gap that an event reports');
    await open(0, 'data: a\n\nevent: trimmed\ndata: 9\n\ndata: b\n\n');
    expect(await logged(4)).toEqual(['message a', 'some messages are missing', 'trimmed 9', 'message b']);
  },

  'Start over': async ({ execute, open, server, logged, log }) => {
    await execute('Start over');
    const first = await open(0, 'id: 1\ndata: a\n\n');
    await logged(2);
    first.cut();
    const second = await open(1, 'id: 2\ndata: b\n\n');
    await logged(5);
    second.cut();
    const third = (await server.exchange(2)).open({ 'last-event-id': '8' }).send('id: 9\ndata: c\n\n');
    await logged(8);
    third.cut();
    await logged(9);
    expect(log.slice(0, 9)).toEqual([
      ...['connecting ', 'open '],
      ...['waiting a', 'connecting a', 'open a'],
      ...['waiting a,b', 'connecting a,b', 'open a,b'],
      'waiting c',
    ]);
  },

  'Snapshot, then stream': async ({ execute, server, logged }) => {
    await execute('Snapshot, then stream');
    const price = (id: number, symbol: string, price: number) =>
      `id: ${id}\nevent: price\ndata: ${JSON.stringify({ symbol, price })}\n\n`;
    const answer = async (index: number, version: number, a: number, b: number) => {
      const load = await server.exchange(index);
      expect(load.request.url).toBe('/prices');
      const prices = [
        { symbol: 'A', price: a },
        { symbol: 'B', price: b },
      ];
      load.refuse(200, {}, JSON.stringify({ version, prices }));
    };

    const first = (await server.exchange(0)).open().send(price(9, 'A', 4) + price(11, 'B', 7));
    await answer(1, 10, 5, 2);
    expect(await logged(2)).toEqual(['{"A":5,"B":2}', '{"A":5,"B":7}']);
    first.cut();
    const second = await server.exchange(2);
    expect(second.lastEventId).toBe('11');
    second.open({ 'last-event-id': '20' }).send(price(21, 'A', 6));
    await answer(3, 20, 1, 1);
    expect((await logged(5)).slice(2)).toEqual([
      'prices are out of date: loading them again',
      '{"A":1,"B":1}',
      '{"A":6,"B":1}',
    ]);
  },

  'What the server must do': async run => {
    const origin = await serve('What the server must do', run);
    const steps = (lastEventId: string) =>
      firstValueFrom(
        fromEventSourceLifecycle(`${origin}/prices/stream`, { lastEventId }).pipe(
          takeWhile(step => step.kind !== 'comment'),
          filter(step => step.kind === 'event' || step.kind === 'gap'),
          map(step => (step.kind === 'gap' ? `gap ${step.resumed}` : step.event.lastEventId)),
          toArray(),
        ),
      );
    expect(await steps('')).toEqual([]);
    expect(await steps('8')).toEqual(['9', '10']);
    expect(await steps('7')).toEqual(['8', '9', '10']);
    expect(await steps('6')).toEqual(['gap 7', '8', '9', '10']);
    expect(await steps('99')).toEqual(['gap 7', '8', '9', '10']);
    expect(await (await fetch(`${origin}/prices`)).json()).toMatchObject({ version: 10 });
  },
});
