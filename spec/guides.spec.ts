/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are those of its scenario */
import { LOST, wrongStatus } from '#texts';
import '@angular/compiler';
import type { Server } from 'node:http';
import * as nodeHttp from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  FetchBackend,
  HttpClient,
  type HttpEvent,
  HttpEventType,
  HttpHandler,
  type HttpRequest,
} from '@angular/common/http';
import * as angularHttp from '@angular/common/http';
import * as angularCore from '@angular/core';
import { describe, expect, it } from '@jest/globals';
import { fetchEventSource, type FetchEventSourceInit } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { SseClient } from 'ngx-sse-client';
import {
  filter,
  firstValueFrom,
  from,
  map,
  type Observable,
  Subject,
  type Subscription,
  take,
  takeWhile,
  toArray,
} from 'rxjs';
import * as rxSseAngular from '../src/angular/index.js';
import { provideSse, withDefaults } from '../src/angular/index.js';
import {
  type ConnectionState,
  type FetchLike,
  fromEventSource,
  fromEventSourceLifecycle,
  parseEventStream,
  type ServerSentEvent,
} from '../src/index.js';
import { Clock } from './support/clock.js';
import { observe, type Observed, unobserve } from './support/observe.js';
import { describeExamples, type ExampleRun, type Scenario, type Surroundings } from './support/run-examples.js';
import { type Exchange, SseServer } from './support/sse-server.js';
import { until } from './support/until.js';
import { VirtualPage } from './support/virtual-page.js';

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

/** Tokens that stay the same until they are refreshed. */
function authentication() {
  let count = 0;
  return {
    token: () => Promise.resolve(`token-${count}`),
    refresh: () => {
      count++;
      return Promise.resolve();
    },
    ticket: () => Promise.resolve(`ticket-${count++}`),
    token$: new Subject<string>(),
  };
}

/** Creates an instance of an example's class in an injection context. */
function create<T>(Example: unknown, providers: angularCore.StaticProvider[] = []): [T, () => void] {
  const injector = angularCore.Injector.create({ providers });
  const made = angularCore.runInInjectionContext(injector, () => new (Example as new () => T)());
  return [made, () => injector.destroy()];
}

/** Runs a scenario on a page that is removed after the streams have ended. */
const onPage =
  (scenario: (page: VirtualPage) => Scenario): Scenario =>
  async run => {
    const page = new VirtualPage();
    try {
      await scenario(page)(run);
    } finally {
      await run.end();
      page.remove();
    }
  };

/** Advances the clock until the server has received `count` requests. */
const requests = ({ server }: ExampleRun, clock: Clock, count: number) =>
  until(() => {
    clock.runOut();
    return server.exchanges.length >= count;
  });

/** Runs an example that gives up on a connection after 10 s without headers, and after 45 s of silence. */
const connectsWithin10sAndWaits45s =
  (heading: string): Scenario =>
  async run => {
    const clock = new Clock();
    const requestedAt: number[] = [];
    const spy: FetchLike = (url, init: RequestInit) => {
      requestedAt.push(clock.now());
      return fetch(url, init);
    };
    await run.execute(heading, { options: { scheduler: clock, fetch: spy } });
    await run.server.exchange(0);
    // The server doesn't respond. The default wait that follows is at most 3 s.
    clock.advanceTo(13_000);
    await run.open(1, 'data: a\n\n');
    await run.logged(1);
    const openedAt = clock.now();
    clock.advanceTo(openedAt + 48_000);
    await run.server.exchange(2);
    const [, second = 0, third = 0] = requestedAt;
    expect(second).toBeGreaterThanOrEqual(10_000);
    expect(third - openedAt).toBeGreaterThanOrEqual(45_000);
    expect(requestedAt).toHaveLength(3);
  };

describeExamples('docs/getting-started.md', {
  'The first stream': async ({ execute, open, logged }) => {
    await execute('The first stream');
    await open(0, 'data: a\n\nid: 7\nevent: chat\ndata: b\n\n');
    expect(await logged(2)).toEqual(['message a ', 'chat b 7']);
  },

  Unsubscribe: async ({ execute, open, log }) => {
    await execute('Unsubscribe');
    const exchange = await open(0, 'data: hi\n\ndata: bye\n\ndata: late\n\n');
    await exchange.gone();
    expect(log).toEqual(['hi', 'bye']);
  },

  'In a plain page': async ({ execute, open }) => {
    let text = '';
    const list = { append: (...words: string[]) => (text += words.join('')) };
    await execute('In a plain page', { globals: { document: { querySelector: () => list } } });
    await open(0, 'data: a\n\ndata: b\n\n');
    await until(() => text === 'a\nb\n');
  },

  'In Angular': async run => {
    const { LastMessage } = await run.execute('In Angular', { modules: angularModules });
    const LastMessageType = LastMessage as angularCore.Type<{ text: angularCore.Signal<string> }>;
    const injector = application(run, [LastMessageType]);
    const component = injector.get(LastMessageType);
    const exchange = await run.open(0, 'data: hi\n\n');
    await until(() => component.text() === 'hi');
    injector.destroy();
    await exchange.gone();
  },

  'In Node': async ({ execute, open, log }) => {
    const done = execute('In Node');
    const exchange = await open(0, 'data: hi\n\ndata: bye\n\ndata: late\n\n');
    await done;
    await exchange.gone();
    expect(log).toEqual(['hi', 'bye']);
  },

  'Typed events': async ({ execute, open, logged }) => {
    await execute('Typed events');
    await open(
      0,
      [
        'data: {"author":"Ada","text":"hi"}\n\n',
        'event: other\ndata: ?\n\n',
        'event: presence\ndata: {"user":"Bob","online":false}\n\n',
      ].join(''),
    );
    expect(await logged(2)).toEqual(['Ada: hi', 'Bob is gone']);

    await execute('Typed events 2');
    await open(1, 'data: hi\n\nevent: notice\ndata: soon\n\n');
    expect(await logged(3)).toEqual(expect.arrayContaining(['soon']));
  },

  Errors: async ({ execute, server, logged }) => {
    for (const [index, [status, text]] of Object.entries([
      [404, 'no such room'],
      [403, 'over: ResponseStatusError: '],
      [204, 'the server has closed the stream'],
    ] as const)) {
      await execute('Errors');
      (await server.exchange(Number(index))).refuse(status);
      expect((await logged(Number(index) + 1)).at(-1)).toContain(text);
    }
  },

  'Show the state of the connection': async ({ execute, open, server, logged }) => {
    await execute('Show the state of the connection');
    const first = await open(0, 'data: a\n\n');
    await logged(3);
    first.cut();
    (await server.exchange(1)).refuse(404);
    expect(await logged(6)).toEqual([
      ...['idle ', 'connecting ', 'open '],
      expect.stringMatching(`^waiting ${LOST}.+`),
      expect.stringMatching(`^connecting ${LOST}.+`),
      expect.stringMatching(`^failed ${wrongStatus(404)}: .+`),
    ]);
  },
});

describeExamples('docs/resuming.md', {
  'What the server does': async ({ execute, after }) => {
    const { server } = (await execute('What the server does', { modules: { 'node:http': nodeHttp } })) as {
      server: Server;
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat/stream`;
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

describeExamples('docs/reconnecting.md', {
  'Give up': async ({ execute, server, logged }) => {
    await execute('Give up');
    for (let index = 0; index < 6; index++) (await server.exchange(index)).refuse(503);
    expect(await logged(1)).toEqual([expect.stringContaining(`gave up: ResponseStatusError: ${wrongStatus(503)}`)]);
    expect(server.exchanges).toHaveLength(6);
  },

  Waits: async run => {
    const waits: number[] = [];
    for (const [index, example] of ['Waits', 'Waits 2'].entries()) {
      const clock = new Clock();
      const first = run.server.exchanges.length;
      await run.execute(example, { options: { scheduler: clock } });
      (await run.server.exchange(first)).refuse(503);
      await run.logged(2 * index + 1);
      await requests(run, clock, first + 2);
      (await run.server.exchange(first + 1)).refuse(503);
      await run.logged(2 * index + 2);
      await run.end();
    }
    for (const line of run.log) waits.push(Number(/^attempt [12] in (\d+) ms$/.exec(line)?.[1]));
    const [first = 0, second = 0, ...own] = waits;
    expect(first).toBeGreaterThanOrEqual(450);
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(675);
    expect(second).toBeLessThanOrEqual(750);
    expect(own).toEqual([0, 10_000]);
  },

  'Only after some failures': async run => {
    const { server, execute, open, logged } = run;
    const clock = new Clock();
    await execute('Only after some failures', { options: { scheduler: clock } });
    (await server.exchange(0)).refuse(404);
    await requests(run, clock, 2);
    expect(clock.now()).toBeLessThanOrEqual(3000);
    const job = await open(1, 'data: a\n\n');
    await logged(1);
    job.cut();
    await requests(run, clock, 3);
    (await server.exchange(2)).refuse(503);
    await requests(run, clock, 4);
    (await server.exchange(3)).refuse(500);
    expect(await logged(2)).toEqual(['a', expect.stringContaining(wrongStatus(500))]);
  },

  'End a wait': async ({ execute, server, open }) => {
    const clock = new Clock();
    const [window, tryAgain] = [new EventTarget(), new EventTarget()];
    const globals = { window, document: { querySelector: () => tryAgain } };
    await execute('End a wait', { globals, options: { scheduler: clock } });
    for (const [index, [target, type]] of Object.entries([
      [tryAgain, 'click'],
      [window, 'online'],
    ] as const)) {
      (await open(Number(index), ': hi\n\n')).cut();
      await until(() => clock.timers === 1);
      target.dispatchEvent(new Event(type));
      await server.exchange(Number(index) + 1);
      expect(clock.timers).toBe(0);
    }
    expect(clock.now()).toBe(0);
  },

  'What the server asks for': async run => {
    const clock = new Clock();
    await run.execute('What the server asks for', { options: { scheduler: clock } });
    const first = await run.open(0, 'retry: 500\n\ndata: a\n\n');
    await run.logged(1);
    first.end();
    await until(() => clock.timers === 1);
    // The default of 3000 ms, minus up to half of it.
    clock.advanceTo(1499);
    expect(clock.timers).toBe(1);
    await requests(run, clock, 2);
    const second = await run.open(1, 'retry: 1000\n\ndata: b\n\n');
    await run.logged(2);
    const before = clock.now();
    second.end();
    await until(() => clock.timers === 1);
    // The server's `retry` is the minimum, and jitter adds up to half of it.
    clock.advanceTo(before + 999);
    expect(clock.timers).toBe(1);
    clock.advanceTo(before + 1500);
    await run.server.exchange(2);
  },

  'When the server ends it': async ({ execute, server, open, logged }) => {
    const at = (hour: number) => ({
      globals: {
        Date: class {
          getHours = () => hour;
        },
      },
    });
    await execute('When the server ends it', at(3));
    (await open(0, 'data: a\n\n')).end();
    await open(1, 'data: b\n\n');
    await logged(2);
    await execute('When the server ends it', at(12));
    (await open(2, 'data: c\n\n')).end();
    expect(await logged(4)).toEqual(['a', 'b', 'c', 'the news is over']);
    expect(server.exchanges).toHaveLength(3);
  },

  'A stream that has an end': async ({ execute, open, logged }) => {
    await execute('A stream that has an end');
    (await open(0, 'id: 1\ndata: a\n\n')).end();
    const second = await open(1, 'id: 2\ndata: b\n\nevent: done\ndata: c\n\n');
    expect(second.lastEventId).toBe('1');
    await second.gone();
    expect(await logged(4)).toEqual(['a', 'b', 'c', 'all of it']);
  },

  POST: async ({ execute, server, open, logged }) => {
    await execute('POST');
    (await server.exchange(0)).refuse(503);
    const second = await server.exchange(1);
    expect(await second.body()).toBe('{"query":"sse"}');
    second.open().send('data: a\n\n');
    await logged(1);
    second.cut();
    (await open(2, 'data: b\n\n')).end();
    expect(await logged(2)).toEqual(['a', 'b']);
    await server.idle();
    expect(server.exchanges).toHaveLength(3);
  },

  'Any Observable': async ({ execute, logged, server }) => {
    await execute('Any Observable');
    for (const index of [0, 1]) (await server.exchange(index)).refuse(200, {}, `[${index}]`);
    expect((await logged(2)).sort()).toEqual(['0', '1']);
  },
});

describeExamples('docs/pause-renew-abort.md', {
  Pause: onPage(page => async ({ execute, open, logged }) => {
    await execute('Pause');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(3);
    page.setVisible(false);
    await first.gone();
    page.setVisible(true);
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    expect(await logged(7)).toEqual(['connecting', 'open', 'a', 'paused', 'connecting', 'open', 'b']);
  }),

  'Pause for several reasons': onPage(page => async ({ execute, open, logged, server }) => {
    const { playing$ } = (await execute('Pause for several reasons')) as { playing$: Subject<boolean> };
    const pauses = [
      (paused: boolean) => playing$.next(!paused),
      (paused: boolean) => page.setVisible(!paused),
      (paused: boolean) => page.setOnline(!paused),
    ];
    for (const [index, pause] of pauses.entries()) {
      const exchange = await open(index, `id: ${index}\ndata: ${index}\n\n`);
      await logged(index + 1);
      pause(true);
      await exchange.gone();
      expect(server.exchanges).toHaveLength(index + 1);
      pause(false);
      expect((await server.exchange(index + 1)).lastEventId).toBe(String(index));
    }
  }),

  'Renew when the page comes back': onPage(page => async ({ execute, open, logged }) => {
    await execute('Renew when the page comes back');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(1);
    page.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await first.gone();
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    expect(await logged(2)).toEqual(['a', 'b']);
  }),

  'Renew when a token changes': async ({ execute, open, logged, after }) => {
    const auth = authentication();
    after(() => auth.token$.complete());
    await execute('Renew when a token changes', { globals: { auth } });
    const first = await open(0, 'id: 7\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer token-0');
    await logged(1);
    await auth.refresh();
    auth.token$.next('token-1');
    await first.gone();
    const second = await open(1, 'data: b\n\n');
    expect([second.lastEventId, second.request.headers.authorization]).toEqual(['7', 'Bearer token-1']);
    expect(await logged(2)).toEqual(['a', 'b']);
  },

  Silence: connectsWithin10sAndWaits45s('Silence'),

  Unsubscribe: async ({ execute, open, logged }) => {
    const button = new EventTarget();
    await execute('Unsubscribe', { globals: { document: { querySelector: () => button } } });
    const exchange = await open(0, 'data: a\n\n');
    await logged(1);
    button.dispatchEvent(new Event('click'));
    await exchange.gone();
    expect(await logged(2)).toEqual(['a', 'stopped']);
  },

  'Abort with a signal': async ({ execute, open, log }) => {
    const done = execute('Abort with a signal');
    const exchange = await open(0, 'data: a\n\ndata: enough\n\ndata: late\n\n');
    await done;
    await exchange.gone();
    expect(log).toEqual(['a', 'enough', 'Error: no more, thanks']);
  },

  'Any Observable': onPage(page => async ({ execute, server, logged }) => {
    await execute('Any Observable');
    for (const index of [0, 1]) {
      (await server.exchange(index)).refuse(200, {}, String(index));
      await logged(index + 1);
      // The Observable waits for its next request now. Hiding the page cancels that wait.
      page.setVisible(false);
      if (index === 0) page.setVisible(true);
    }
    expect(await logged(2)).toEqual(['0', '1']);
  }),
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

  'What the server must do': async ({ execute, after }) => {
    const { server } = (await execute('What the server must do', { modules: { 'node:http': nodeHttp } })) as {
      server: Server;
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

describeExamples('docs/local-development.md', {
  'When your server restarts': async ({ execute, open, logged, server, end }) => {
    const window = new EventTarget();
    await execute('When your server restarts', { globals: { window, isDevelopment: true } });
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(1);
    window.dispatchEvent(new Event('focus'));
    await first.gone();
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    await logged(2);
    await end();
    await execute('When your server restarts', { globals: { window, isDevelopment: false } });
    await open(2, 'data: c\n\n');
    await logged(3);
    window.dispatchEvent(new Event('focus'));
    expect(server.exchanges).toHaveLength(3);
  },
});

describeExamples('docs/proxies.md', {
  'Do this always': connectsWithin10sAndWaits45s('Do this always'),
});

describeExamples('docs/troubleshooting.md', {
  Troubleshooting: async ({ execute, open, server, log, logged }) => {
    await execute('Troubleshooting');
    (await open(0, 'data: a\n\n')).end();
    (await server.exchange(1)).refuse(503);
    (await server.exchange(2)).refuse(204);
    await until(() => log.includes('complete'));
    expect(await logged(8)).toEqual([
      ...['connecting', 'open', 'event', 'waiting 0 after a clean end', 'connecting'],
      expect.stringMatching(`^waiting 0 ResponseStatusError: ${wrongStatus(503)}`),
      ...['connecting', 'closed', 'complete'],
    ]);
  },

  'The content type': async ({ execute, server, logged }) => {
    await execute('The content type');
    (await server.exchange(0)).open({ 'content-type': 'text/plain' }).send('data: a\n\n');
    expect(await logged(1)).toEqual(['a']);
  },

  'Events come twice': async ({ execute, server, open, logged }) => {
    await execute('Events come twice');
    await open(0, 'data: a\n\n');
    expect(await logged(2)).toEqual(['list: a', 'badge: a']);
    expect(server.exchanges).toHaveLength(1);
  },

  'The view doesn’t change': async ({ execute, open }) => {
    const { Prices } = await execute('The view doesn’t change');
    let inside = false;
    const zone = {
      run: (work: () => unknown) => {
        inside = true;
        work();
        inside = false;
      },
    };
    const [{ price$ }] = create<{ price$: Observable<ServerSentEvent> }>(Prices, [
      { provide: angularCore.NgZone, useValue: zone },
    ]);
    const told: boolean[] = [];
    const subscription = price$.subscribe(() => told.push(inside));
    await open(0, 'data: 1\n\n');
    await until(() => told.length > 0);
    subscription.unsubscribe();
    expect(told).toEqual([true]);
  },

  'Connections that stay open': async ({ execute }) => {
    await execute('Connections that stay open');
    const edit = (code: string) => code.replace('subscription.unsubscribe();', '');
    await expect(execute('Connections that stay open', { edit })).rejects.toThrow('GET /chat/stream (open, 1 sent)');
  },
});

/** Plays the same scenario with both clients of a heading, theirs and ours, and expects the same from both. */
const sideBySide =
  (
    heading: string,
    surroundings: (run: ExampleRun) => Surroundings,
    play: (
      run: ExampleRun,
      connection: (index: number) => Promise<Exchange>,
      exported: Record<string, unknown>,
    ) => Promise<void>,
  ): Scenario =>
  async run => {
    for (const example of [heading, `${heading} 2`]) {
      const first = run.server.exchanges.length;
      const exported = await run.execute(example, surroundings(run));
      await play(run, index => run.server.exchange(first + index), exported);
      await run.end();
      await run.server.idle();
      run.log.length = 0;
    }
  };

const eventSource = (run: ExampleRun): Surroundings => ({
  globals: {
    EventSource: class extends EventSource {
      constructor(url: string, init?: EventSourceInit) {
        super(run.here(url), init);
        run.after(() => this.close());
      }
    },
  },
});

describeExamples('docs/migrating-from-eventsource.md', {
  Messages: sideBySide('Messages', eventSource, async ({ logged }, connection, { stop }) => {
    const exchange = (await connection(0)).open();
    exchange.send('id: 7\ndata: a\n\nid: 8\nevent: other\ndata: b\n\nid: 9\ndata: c\n\n');
    expect(await logged(2)).toEqual(['a 7', 'c 9']);
    (stop as () => void)();
    await exchange.gone();
  }),

  'Named events': sideBySide('Named events', eventSource, async ({ logged }, connection) => {
    (await connection(0)).open().send('event: joined\ndata: Ada\n\ndata: hi\n\nevent: left\ndata: Bob\n\n');
    expect(await logged(2)).toEqual(['joined Ada', 'left Bob']);
  }),

  'Open and error': sideBySide('Open and error', eventSource, async ({ logged }, connection) => {
    (await connection(0)).open().send('retry: 10\n\ndata: a\n\n').end();
    (await connection(1)).refuse(204);
    expect(await logged(3)).toEqual(['open', 'trying again', 'over']);
  }),

  Cookies: sideBySide('Cookies', eventSource, async ({ logged }, connection) => {
    (await connection(0)).open().send('data: a\n\n');
    expect(await logged(1)).toEqual(['a']);
  }),

  'Many listeners': sideBySide('Many listeners', eventSource, async ({ logged, server }, connection) => {
    (await connection(0)).open().send('data: a\n\n');
    expect(await logged(2)).toEqual(['list: a', 'badge: a']);
    expect(server.liveExchanges).toBe(1);
  }),
});

/** fetch-event-source with a page, because it works only on one. */
const fetchEventSourceOn =
  (page: VirtualPage, more: Surroundings = {}) =>
  (run: ExampleRun): Surroundings => {
    const modules = {
      '@microsoft/fetch-event-source': {
        fetchEventSource: (url: string, init: FetchEventSourceInit) => {
          const controller = new AbortController();
          run.after(() => controller.abort());
          init.signal?.addEventListener('abort', () => controller.abort());
          return fetchEventSource(run.here(url).href, { ...init, signal: controller.signal });
        },
      },
    };
    return { modules, ...more, globals: { document: page.document, ...more.globals } };
  };

describeExamples('docs/migrating-from-fetch-event-source.md', {
  'A stream': onPage(page =>
    sideBySide('A stream', fetchEventSourceOn(page), async ({ logged }, connection, { stop }) => {
      const exchange = (await connection(0)).open();
      expect(exchange.request.headers.authorization).toBe('Bearer abc');
      exchange.send('id: 7\ndata: a\n\nid: 8\nevent: chat\ndata: b\n\n');
      expect(await logged(2)).toEqual(['message a 7', 'chat b 8']);
      (stop as () => void)();
      await exchange.gone();
    }),
  ),

  'Refused answers': onPage(page =>
    sideBySide(
      'Refused answers',
      fetchEventSourceOn(page, { edit: code => code.replace('1000', '10') }),
      async ({ logged }, connection) => {
        (await connection(0)).refuse(503);
        (await connection(1)).refuse(404, {}, 'no such room');
        expect(await logged(1)).toEqual(['over: 404 no such room']);
      },
    ),
  ),

  'When the server ends it': onPage(page =>
    sideBySide('When the server ends it', fetchEventSourceOn(page), async ({ logged }, connection) => {
      (await connection(0)).open().send('data: a\n\n').end();
      expect(await logged(2)).toEqual(['a', 'done']);
    }),
  ),

  POST: onPage(page =>
    sideBySide('POST', fetchEventSourceOn(page), async ({ logged }, connection) => {
      const exchange = await connection(0);
      expect(exchange.request.method).toBe('POST');
      expect(await exchange.body()).toBe('{"prompt":"Why is the sky blue?"}');
      exchange.open().send('data: Rayleigh\n\n').end();
      expect(await logged(2)).toEqual(['Rayleigh', 'done']);
    }),
  ),

  'A token for each attempt': onPage(page => async run => {
    let auth = authentication();
    const surroundings = (run: ExampleRun) => {
      auth = authentication();
      return fetchEventSourceOn(page, { globals: { auth } })(run);
    };
    await sideBySide('A token for each attempt', surroundings, async ({ logged }, connection) => {
      const first = (await connection(0)).open().send('retry: 10\nid: 7\ndata: a\n\n');
      expect(first.request.headers.authorization).toBe('Bearer token-0');
      await logged(1);
      await auth.refresh();
      first.cut();
      const second = await connection(1);
      expect(second.request.headers.authorization).toBe('Bearer token-1');
      expect(second.lastEventId).toBe('7');
      second.open().send('data: b\n\n');
      expect(await logged(2)).toEqual(['a', 'b']);
    })(run);
  }),

  'While the page is hidden': onPage(page =>
    sideBySide('While the page is hidden', fetchEventSourceOn(page), async ({ logged }, connection) => {
      const first = (await connection(0)).open().send('id: 7\ndata: a\n\n');
      await logged(1);
      page.setVisible(false);
      await first.gone();
      page.setVisible(true);
      const second = await connection(1);
      expect(second.lastEventId).toBe('7');
      second.open().send('data: b\n\n');
      expect(await logged(2)).toEqual(['a', 'b']);
    }),
  ),
});

class Handler extends HttpHandler {
  constructor(private readonly answer: (request: HttpRequest<unknown>) => Observable<HttpEvent<unknown>>) {
    super();
  }

  override handle(request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> {
    return this.answer(request);
  }
}

/** ngx-sse-client with an HttpClient that reaches the server. It creates an ErrorEvent, which Node doesn't have. */
function ngxSseClient(run: ExampleRun): SseClient {
  const { ErrorEvent } = globalThis as { ErrorEvent?: unknown };
  Object.assign(globalThis, { ErrorEvent: ErrorEvent ?? class extends Event {} });
  run.after(() => Object.assign(globalThis, { ErrorEvent }));
  const [backend] = create<FetchBackend>(FetchBackend, [
    { provide: angularCore.NgZone, useValue: { runOutsideAngular: (work: () => unknown) => work() } },
  ]);
  return new SseClient(
    new HttpClient(new Handler(request => backend.handle(request.clone({ url: run.here(request.url).href })))),
  );
}

const angularModules = { '@angular/common/http': angularHttp, 'rx-sse/angular': rxSseAngular };
const ngx = (): Surroundings => ({ modules: { ...angularModules, 'ngx-sse-client': { SseClient } } });

/** An application whose requests reach the server. */
function application(
  run: ExampleRun,
  providers: angularCore.ApplicationConfig['providers'] = [],
): angularCore.EnvironmentInjector {
  const { fetch } = globalThis;
  const find: FetchLike = (url, init) => fetch(run.here(url), init as RequestInit);
  globalThis.fetch = find as typeof fetch;
  const injector = angularCore.createEnvironmentInjector(
    [
      { provide: angularCore.ɵINJECTOR_SCOPE, useValue: 'root' },
      angularCore.provideZonelessChangeDetection(),
      { provide: angularCore.PLATFORM_ID, useValue: 'browser' },
      { provide: SseClient, useFactory: () => ngxSseClient(run) },
      FetchBackend,
      provideSse(withDefaults({ fetch: find })),
      ...providers,
    ],
    angularCore.Injector.NULL as never,
  );
  run.after(() => {
    if (!injector.destroyed) injector.destroy();
    globalThis.fetch = fetch;
  });
  return injector;
}

/** Creates an injectable class of an example in an application. */
const createIn = <T>(run: ExampleRun, Example: angularCore.ProviderToken<T>): T => application(run).get(Example);

describeExamples('docs/migrating-from-ngx-sse-client.md', {
  Text: sideBySide('Text', ngx, async (run, connection, { Chat }) => {
    const { text$ } = createIn(run, Chat as angularCore.Type<{ text$: Observable<string> }>);
    const subscription = text$.subscribe(text => run.log.push(text));
    const exchange = (await connection(0)).open().send('data: a\n\nevent: other\ndata: b\n\n');
    expect(await run.logged(2)).toEqual(['a', 'b']);
    subscription.unsubscribe();
    await exchange.gone();
  }),

  'Events and errors': sideBySide('Events and errors', ngx, async (run, connection, { Chat }) => {
    const subscription = createIn(run, Chat as angularCore.Type<{ connect(): Subscription }>).connect();
    (await connection(0)).open().send('event: joined\ndata: Ada\n\n').end();
    (await connection(1)).open().send('data: hi\n\n');
    expect(await run.logged(3)).toEqual(['joined Ada', 'trying again', 'message hi']);
    subscription.unsubscribe();
  }),

  POST: sideBySide('POST', ngx, async (run, connection, { Completions }) => {
    const completions = createIn(run, Completions as angularCore.Type<{ ask(prompt: string): Observable<string> }>);
    const answer = firstValueFrom(completions.ask('why').pipe(toArray()));
    const exchange = await connection(0);
    expect(exchange.request.method).toBe('POST');
    expect(exchange.request.headers).toMatchObject({ 'x-client': 'app', 'content-type': 'application/json' });
    expect(await exchange.body()).toBe('{"prompt":"why"}');
    exchange.open().send('data: Ray\n\ndata: leigh\n\n').end();
    expect(await answer).toEqual(['Ray', 'leigh']);
  }),

  Interceptors: async run => {
    const { Chat, Session, providers } = await run.execute('Interceptors', ngx());
    const injector = application(run, providers as angularCore.ApplicationConfig['providers']);
    injector.get(Chat as angularCore.ProviderToken<{ message$: Observable<unknown> }>).message$.subscribe();
    const first = await run.open(0, 'retry: 0\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer abc');
    injector.get(Session as angularCore.ProviderToken<{ token: string }>).token = 'def';
    first.cut();
    expect((await run.server.exchange(1)).request.headers.authorization).toBe('Bearer def');
  },
});

describe('ngx-sse-client, as described in the guide', () => {
  /** Returns the events that ngx-sse-client makes of these chunks, and those that our parser makes of them. */
  const read = async (...chunks: string[]) => {
    const partial = chunks.map((_, index) => chunks.slice(0, index + 1).join(''));
    const events: HttpEvent<unknown>[] = [
      { type: HttpEventType.Sent },
      ...partial.map(partialText => ({ type: HttpEventType.DownloadProgress as const, loaded: 0, partialText })),
    ];
    const http = new HttpClient(new Handler(() => from(events)));
    const theirs: Event[] = [];
    new SseClient(http).stream('/', { keepAlive: false }).subscribe(event => theirs.push(event));
    const ours = await firstValueFrom(from(chunks).pipe(parseEventStream(), toArray()));
    const plain = ({ data, lastEventId }: { data: unknown; lastEventId: string }) => [data, lastEventId];
    return { theirs: (theirs as MessageEvent[]).map(plain), ours: ours.map(plain) };
  };

  it('joins data lines without a separator, and trims them', async () => {
    expect(await read('data: a \ndata: b\n\n')).toEqual({ theirs: [['ab', '']], ours: [['a \nb', '']] });
  });

  it('merges events when a chunk ends between two line endings', async () => {
    expect(await read('data: a\n', '\ndata: b\n\n')).toEqual({
      theirs: [['ab', '']],
      ours: [
        ['a', ''],
        ['b', ''],
      ],
    });
  });

  it('sets `lastEventId` only from the id of the event itself', async () => {
    expect(await read('id: 7\ndata: a\n\ndata: b\n\n')).toEqual({
      theirs: [
        ['a', '7'],
        ['b', ''],
      ],
      ours: [
        ['a', '7'],
        ['b', '7'],
      ],
    });
  });

  it('starts over when it reconnects, and fails after a 503', async () => {
    const server = await SseServer.start();
    const cleanUp: (() => unknown)[] = [];
    const run = { here: () => new URL(server.url), after: (clean: () => unknown) => cleanUp.push(clean) };
    const failure = new Promise(resolve => {
      const stream$ = ngxSseClient(run as unknown as ExampleRun).stream('/', { reconnectionDelay: 10 });
      const subscription = stream$.subscribe({ error: resolve });
      cleanUp.push(() => subscription.unsubscribe());
    });
    (await server.exchange(0)).open().send('id: 7\ndata: a\n\n').end();
    const second = await server.exchange(1);
    expect(second.lastEventId).toBeUndefined();
    second.refuse(503);
    expect(await failure).toMatchObject({ status: 503 });
    for (const clean of cleanUp) clean();
    await server.close();
  });
});
