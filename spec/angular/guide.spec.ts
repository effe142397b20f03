/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are those of its scenario */
import '@angular/compiler';
import { wrongStatus } from '#texts';
import * as angularHttp from '@angular/common/http';
import {
  FetchBackend,
  HttpClient,
  HttpEventType,
  type HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import * as angularHttpTesting from '@angular/common/http/testing';
import {
  afterEveryRender,
  type ApplicationConfig,
  ApplicationRef,
  Component,
  createEnvironmentInjector,
  EnvironmentInjector,
  makeStateKey,
  PLATFORM_ID,
  type Provider,
  type Signal,
  TransferState,
  type Type,
  type WritableSignal,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import * as angularTesting from '@angular/core/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { describe, expect, it, jest } from '@jest/globals';
import * as ngrxSignals from '@ngrx/signals';
import * as ngrxEntities from '@ngrx/signals/entities';
import * as ngrxInterop from '@ngrx/signals/rxjs-interop';
import { SseClient } from 'ngx-sse-client';
import { firstValueFrom, map, type Observable, tap } from 'rxjs';
import * as rxSseAngular from '../../src/angular/index.js';
import {
  eventSourceResource,
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
  withHttpClient,
  withSharedTabs,
  withSse,
  type WithSharedTabsOptions,
} from '../../src/angular/index.js';
import type { ConnectionState, ServerSentEvent } from '../../src/index.js';
import { endForAll } from '../../src/tabs/index.js';
import { fakeEventSource, fakeTabs } from '../../src/testing/index.js';
import { initTestBed } from '../support/angular.js';
import { examplesOf } from '../support/examples-of.js';
import { describeExamples, ExampleRun, type Scenario } from '../support/run-examples.js';
import { runTests } from '../support/run-tests.js';
import { until } from '../support/until.js';

initTestBed();

/** Runs an example in its own application, whose `fetch` reaches the test server. */
class AngularRun {
  constructor(
    private readonly run: ExampleRun,
    /** The requested URLs. */
    readonly requests: readonly string[],
  ) {}

  readonly server = this.run.server;
  readonly open = this.run.open;
  readonly log = this.run.log;

  /** Runs an example and returns its exports. */
  readonly execute = <T>(name: string, modules: Readonly<Record<string, unknown>> = {}): Promise<T> =>
    this.run.execute(name, {
      modules: {
        '@angular/common/http': angularHttp,
        '@angular/common/http/testing': angularHttpTesting,
        '@angular/core/testing': angularTesting,
        'rx-sse/angular': rxSseAngular,
        ...modules,
      },
    }) as Promise<T>;

  readonly provide = (...providers: ApplicationConfig['providers']): void => {
    TestBed.configureTestingModule({ providers });
  };

  /** Renders a component. */
  readonly show = <T>(component: Type<T>): Shown<T> => {
    const shown = new Shown(TestBed.createComponent(component));
    shown.text();
    return shown;
  };
}

/** A rendered component. */
class Shown<T> {
  constructor(readonly fixture: ComponentFixture<T>) {}

  readonly component = this.fixture.componentInstance;

  /** Returns the text of the component, or of the elements that match `selector`, with single spaces. */
  text(selector?: string): string {
    this.fixture.detectChanges();
    const root = this.fixture.nativeElement as Element;
    const found = selector === undefined ? [root] : [...root.querySelectorAll(selector)];
    return found.map(({ textContent }) => textContent.trim().replace(/\s+/g, ' ')).join(' | ');
  }

  async shows(text: string, selector?: string): Promise<void> {
    await until(() => this.text(selector) === text);
  }

  click(button: string): void {
    const buttons = [...(this.fixture.nativeElement as Element).querySelectorAll('button')];
    buttons.find(({ textContent }) => textContent.trim() === button)?.click();
  }

  destroy(): void {
    this.fixture.destroy();
  }
}

const inAngular =
  (scenario: (run: AngularRun) => Promise<void>): Scenario =>
  async run => {
    const { fetch, Request } = globalThis;
    const requests: string[] = [];
    globalThis.fetch = (url, init) => {
      requests.push(url as string);
      return fetch(run.here(url as string), init);
    };
    // Node's `Request` has no page to resolve a relative URL against.
    Object.assign(globalThis, {
      Request: class extends Request {
        constructor(url: string, init?: RequestInit) {
          super(run.here(url), init);
        }
      },
    });
    TestBed.configureTestingModule({ rethrowApplicationErrors: true });
    try {
      await scenario(new AngularRun(run, requests));
    } finally {
      TestBed.resetTestingModule();
      Object.assign(globalThis, { fetch, Request });
    }
    await run.server.idle();
  };

interface NotificationsService {
  readonly texts: Signal<readonly string[]>;
  signIn(user: string): void;
  signOut(): void;
}

interface ChatStoreType {
  readonly entities: Signal<unknown[]>;
  readonly connection: Signal<ConnectionState>;
  enter(room: string): void;
}

interface Audit {
  readonly entry$: Observable<ServerSentEvent>;
}

interface Pulse {
  readonly beat$: Observable<ServerSentEvent>;
}

interface Notes {
  add(text: string): void;
}

interface PresenceApplication {
  readonly Session: Type<{ readonly userId: WritableSignal<string | undefined>; leave(): void }>;
  readonly Presence: Type<{ readonly names: Signal<readonly string[]>; readonly isOver: Signal<boolean> }>;
  readonly appConfig: ApplicationConfig;
}

/** Returns a stream of the application. */
const eventSource = (url: string, options?: SseOptions) =>
  TestBed.runInInjectionContext(() => injectEventSource()(url, options));

const ada = '{"author":"Ada","text":"hi"}';

const resetTestBed = () => TestBed.resetTestingModule();

describeExamples('docs/angular.md', {
  Start: inAngular(async ({ execute, open, show, server }) => {
    const { Chat } = await execute<{ Chat: Type<unknown> }>('Start');
    const chat = show(Chat);
    const first = await open(0, `retry: 0\nid: 7\nevent: chat\ndata: ${ada}\n\n`);
    await chat.shows('Ada: hi', 'li');
    first.cut();
    const second = await open(1, `event: chat\ndata: {"author":"Bob","text":"hello"}\n\n`);
    expect(second.lastEventId).toBe('7');
    await chat.shows('Ada: hi | Bob: hello', 'li');
    chat.destroy();
    await second.gone();

    const { Connection } = await execute<{ Connection: Type<unknown> }>('Start 2');
    const connection = show(Connection);
    expect(connection.text()).toBe('connecting');
    (await server.exchange(2)).refuse(403);
    await until(() => connection.text().startsWith(`failed ${wrongStatus(403)}`));
  }),

  'Where to call it': inAngular(async ({ execute, open, show, server, provide }) => {
    sessionStorage.clear();
    const { Notice } = await execute<{ Notice: Type<unknown> }>('Where to call it');
    const notice = show(Notice);
    const first = await open(0, 'id: 7\ndata: soon\n\n');
    expect(first.lastEventId).toBeUndefined();
    await notice.shows('soon');
    expect(sessionStorage.getItem('notices')).toBe('7');
    notice.destroy();
    await first.gone();
    const again = show(Notice);
    expect((await open(1, 'data: now\n\n')).lastEventId).toBe('7');
    await again.shows('now');
    again.destroy();

    const { Names } = await execute<{ Names: Type<unknown> }>('Where to call it 2');
    const [one, other] = [show(Names), show(Names)];
    const third = await open(2, 'event: presence\ndata: ["Ada","Bob"]\n\n');
    await one.shows('Ada,Bob');
    await other.shows('Ada,Bob');
    const late = show(Names);
    expect(late.text()).toBe('Ada,Bob');
    for (const shown of [one, other, late]) shown.destroy();
    expect(show(Names).text()).toBe('Ada,Bob');
    expect(server.exchanges).toHaveLength(3);
    TestBed.resetTestingModule();
    await third.gone();

    const { Notifications } = await execute<{ Notifications: Type<NotificationsService> }>('Where to call it 3');
    provide();
    const notifications = TestBed.inject(Notifications);
    notifications.signIn('ada');
    const fourth = await open(3, 'data: welcome\n\n');
    expect(fourth.request.url).toBe('/users/ada/notifications');
    await until(() => notifications.texts().length > 0);
    expect(notifications.texts()).toEqual(['welcome']);
    notifications.signOut();
    await fourth.gone();
    expect(notifications.texts()).toEqual([]);
  }),

  Defaults: inAngular(async ({ execute, open, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Defaults');
    provide(...appConfig.providers);
    const { routes } = await execute<{ routes: [{ component: Type<Audit>; providers: Provider[] }] }>('Defaults 2');
    const [{ component, providers }] = routes;
    const route = createEnvironmentInjector([...providers, component], TestBed.inject(EnvironmentInjector));
    const { entry$ } = route.get(component);
    const entries: string[] = [];
    entry$.subscribe(({ data }) => entries.push(data));
    const first = await open(0, 'retry: 0\nid: 7\ndata: a\n\n');
    expect(first.request.headers['accept-language']).toBe('en');
    await until(() => entries.length === 1);
    first.cut();
    const second = await open(1, 'data: b\n\n');
    expect(second.request.url).toBe('/audit?after=7');
    await until(() => entries.length === 2);
    route.destroy();
    await second.gone();
  }),

  Interceptors: inAngular(async ({ execute, open, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Interceptors');
    provide(...appConfig.providers);
    const subscription = eventSource('/chat').subscribe();
    const first = await open(0, '');
    expect(first.request.headers).toMatchObject({ authorization: 'Bearer abc', accept: 'text/event-stream' });
    subscription.unsubscribe();
    await first.gone();
  }),

  'What an interceptor sees': inAngular(async ({ execute, open, server, provide, log }) => {
    const { logBodies } = await execute<{ logBodies: HttpInterceptorFn }>('What an interceptor sees');
    const seen: unknown[] = [];
    const look: HttpInterceptorFn = (request, next) =>
      next(request).pipe(
        tap({
          next: event => event instanceof HttpResponse && seen.push([request.url, event.status, event.body]),
          complete: () => seen.push('complete'),
        }),
      );
    provide(
      provideHttpClient(withInterceptors([logBodies, look]), withFetch(), withSse()),
      provideSse(withHttpClient()),
    );
    const texts: string[] = [];
    const subscription = eventSource('/chat').subscribe(({ data }) => texts.push(data));
    const exchange = (await server.exchange(0)).open();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(seen).toEqual([['/chat', 200, null], 'complete']);
    exchange.send('data: a\n\n');
    await until(() => texts.length === 1);
    expect(log).toEqual([]);
    const rates = firstValueFrom(TestBed.inject(HttpClient).get('/rates'));
    (await server.exchange(1)).refuse(200, { 'content-type': 'application/json' }, '[1]');
    await rates;
    expect(log).toEqual(['/rates 1']);
    subscription.unsubscribe();
    await exchange.gone();

    const { log: logUrls, Pulse } = await execute<{ log: HttpInterceptorFn; Pulse: Type<Pulse> }>(
      'What an interceptor sees 2',
    );
    TestBed.resetTestingModule();
    provide(provideHttpClient(withInterceptors([logUrls]), withSse()), provideSse(withHttpClient()), Pulse);
    const quiet = TestBed.inject(Pulse).beat$.subscribe();
    await open(2, '');
    const loud = eventSource('/other').subscribe();
    await open(3, '');
    expect(log.slice(1)).toEqual(['/other']);
    quiet.unsubscribe();
    loud.unsubscribe();
  }),

  'Refresh on 401': inAngular(async ({ execute, open, server, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Refresh on 401');
    provide(...appConfig.providers, FetchBackend);
    const texts: string[] = [];
    const refresh = async (index: number, token: string) => {
      const exchange = await server.exchange(index);
      expect([exchange.request.method, exchange.request.url]).toEqual(['POST', '/auth/refresh']);
      exchange.refuse(200, { 'content-type': 'application/json' }, `{"token":"${token}"}`);
    };
    let failure: unknown;
    eventSource('/chat', { reconnect: { delay: 0 } }).subscribe({
      next: ({ data }) => texts.push(data),
      error: (error: unknown) => (failure = error),
    });
    (await server.exchange(0)).refuse(401);
    await refresh(1, 'one');
    const first = await open(2, 'id: 7\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer one');
    await until(() => texts.length === 1);
    first.cut();
    (await server.exchange(3)).refuse(401);
    await refresh(4, 'two');
    const second = await open(5, 'data: b\n\n');
    expect(second.request.headers.authorization).toBe('Bearer two');
    expect(second.lastEventId).toBe('7');
    await until(() => texts.length === 2);
    second.cut();
    (await server.exchange(6)).refuse(401);
    await refresh(7, 'three');
    (await server.exchange(8)).refuse(401);
    await until(() => failure !== undefined);
    expect(failure).toMatchObject({ name: 'ResponseStatusError', status: 401 });
  }),

  'A spinner and a timeout': inAngular(async ({ execute, provide }) => {
    const { spinner, answerWithin10s, Pending } = await execute<{
      spinner: HttpInterceptorFn;
      answerWithin10s: HttpInterceptorFn;
      Pending: Type<{ requests: Signal<number> }>;
    }>('A spinner and a timeout');
    const server = fakeEventSource();
    provide(
      provideHttpClient(withInterceptors([spinner, answerWithin10s]), withSse({ fetch: server.fetch })),
      provideSse(withHttpClient()),
    );
    const { requests } = TestBed.inject(Pending);
    jest.useFakeTimers();
    try {
      const texts: string[] = [];
      const subscription = eventSource('/chat').subscribe(({ data }) => texts.push(data));
      expect(requests()).toBe(1);
      const late = await server.nextConnection('/chat');
      await jest.advanceTimersByTimeAsync(10_000);
      expect(late.state).toBe('closed');
      expect(requests()).toBe(0);
      await jest.advanceTimersByTimeAsync(3000);
      const connection = (await server.nextConnection('/chat')).open();
      await jest.advanceTimersByTimeAsync(20_000);
      expect(requests()).toBe(0);
      connection.send({ data: 'a' });
      expect(texts).toEqual(['a']);
      subscription.unsubscribe();
      server.verify();
    } finally {
      jest.useRealTimers();
    }
  }),

  'Hidden pages': inAngular(async ({ execute, open, show, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Hidden pages');
    provide(...appConfig.providers);
    const subscription = eventSource('/chat').subscribe();
    const exchange = await open(0, '');
    subscription.unsubscribe();
    await exchange.gone();

    const { Log } = await execute<{ Log: Type<unknown> }>('Hidden pages 2');
    const lines = show(Log);
    const first = await open(1, 'retry: 0\nid: 1\ndata: a\n\n');
    await lines.shows('a', 'pre');
    lines.click('Pause');
    lines.text();
    await first.gone();
    expect(lines.text('button')).toBe('Resume');
    expect(lines.text('pre')).toBe('a');
    lines.click('Resume');
    lines.text();
    const second = await open(2, 'data: b\n\n');
    expect(second.lastEventId).toBe('1');
    await lines.shows('a b', 'pre');
  }),

  Resources: inAngular(async ({ execute, open, show, server }) => {
    const { Room } = await execute<{ Room: Type<unknown> }>('Resources');
    const room = show(Room);
    expect(room.text('li')).toBe('Loading');
    const lobby = await open(0, '');
    expect(lobby.request.url).toBe('/rooms/lobby/stream');
    await room.shows('Nothing yet', 'li');
    lobby.send(`retry: 30000\nid: 7\nevent: chat\ndata: ${ada}\n\n`);
    await room.shows('Ada: hi', 'li');
    lobby.cut();
    await until(() => /^Connection lost\. Next attempt in (1[5-9]|2\d|30) s\.$/.test(room.text('p')));
    expect(room.text('li')).toBe('Ada: hi');
    room.click('Garden');
    const garden = await open(1, `retry: 0\nid: 8\nevent: chat\ndata: ${ada}\n\n`);
    expect(garden.request.url).toBe('/rooms/garden/stream');
    expect(garden.lastEventId).toBeUndefined();
    await room.shows('Ada: hi', 'li');
    garden.cut();
    (await server.exchange(2)).refuse(404);
    await until(() => room.text('p').startsWith(wrongStatus(404)));
    expect(room.text('li')).toBe('Ada: hi');
    room.click('Try again');
    await room.shows('', 'p');
    const again = await open(3, `event: chat\ndata: ${ada}\n\n`);
    expect(again.lastEventId).toBe('8');
    await room.shows('Ada: hi | Ada: hi', 'li');
    room.click('Leave');
    await room.shows('Nothing yet', 'li');
    await again.gone();
  }),

  'Entries of your own': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { Notes } = await execute<{ Notes: Type<Notes> }>('Entries of your own');
    const notes = show(Notes);
    const stream = await open(0, 'event: note\ndata: {"key":"a","text":"first"}\n\n');
    await notes.shows('first', 'p');
    notes.component.add('second');
    expect(notes.text('p')).toBe('first | second …');
    const post = await server.exchange(1);
    const note = await post.body();
    stream.send(`event: note\ndata: ${note}\n\n`);
    await notes.shows('first | second', 'p');
    post.refuse(204);
  }),

  'A snapshot first': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { BoardView } = await execute<{ BoardView: Type<unknown> }>('A snapshot first');
    const board = show(BoardView);
    const stream = await open(0, 'event: joined\ndata: {"version":1,"name":"Ada"}\n\n');
    const load = await server.exchange(1);
    expect(load.request.url).toBe('/board');
    stream.send('event: joined\ndata: {"version":2,"name":"Bob"}\n\n');
    load.refuse(200, { 'content-type': 'application/json' }, '{"version":1,"names":["Ada"]}');
    await board.shows('Ada,Bob');
  }),

  'A stream that follows another resource': inAngular(async ({ execute, open, server, show, provide }) => {
    provide(provideHttpClient(withFetch()));
    const { Mine } = await execute<{ Mine: Type<unknown> }>('A stream that follows another resource');
    const mine = show(Mine);
    expect(mine.text()).toBe('loading:');
    (await server.exchange(0)).refuse(200, { 'content-type': 'application/json' }, '{"id":"ada"}');
    await mine.shows('loading:');
    const stream = await open(1, 'data: hi\n\n');
    expect(stream.request.url).toBe('/users/ada/notes');
    await mine.shows('resolved: hi');
  }),

  Stores: inAngular(async ({ execute, open, provide }) => {
    const modules = {
      '@ngrx/signals': ngrxSignals,
      '@ngrx/signals/entities': ngrxEntities,
      '@ngrx/signals/rxjs-interop': ngrxInterop,
    };
    const { ChatStore } = await execute<{ ChatStore: Type<ChatStoreType> }>('Stores', modules);
    provide(ChatStore);
    const store = TestBed.inject(ChatStore);
    const lobby = await open(0, 'id: 1\nevent: chat\ndata: {"id":1,"text":"hi"}\n\n');
    expect(lobby.request.url).toBe('/rooms/lobby/stream');
    await until(() => store.entities().length === 1);
    expect(store.connection()).toMatchObject({ status: 'open' });
    store.enter('garden');
    await lobby.gone();
    const garden = await open(1, '');
    await until(() => store.entities().length === 0);
    TestBed.resetTestingModule();
    await garden.gone();
  }),

  'Fast streams': inAngular(async ({ execute, open, show }) => {
    const trades = 'event: trade\ndata: {"symbol":"A","price":1}\n\n'.repeat(600);
    const { Trades } = await execute<{ Trades: Type<unknown> }>('Fast streams');
    const list = show(Trades);
    const first = await open(0, trades);
    await until(() => list.text('p').split(' | ').length === 500);
    list.destroy();
    await first.gone();
    const { TradeCount } = await execute<{ TradeCount: Type<unknown> }>('Fast streams 2');
    const count = show(TradeCount);
    const second = await open(1, trades);
    await count.shows('500 trades');
    count.destroy();
    await second.gone();
  }),

  'Server rendering': inAngular(async ({ execute, open, show, server, provide, requests }) => {
    provide({ provide: PLATFORM_ID, useValue: 'server' });
    const { Headline } = await execute<{ Headline: Type<unknown> }>('Server rendering');
    const headline = show(Headline);
    const application = TestBed.inject(ApplicationRef);
    const exchange = await server.exchange(0);
    expect(await firstValueFrom(application.isStable)).toBe(false);
    exchange.open().send('data: Land in sight\n\n');
    await application.whenStable();
    expect(headline.text()).toBe('Land in sight');
    await exchange.gone();
    const { Chat } = await execute<{ Chat: Type<unknown> }>('Start');
    show(Chat);
    await application.whenStable();
    expect(requests).toEqual(['https://news.example.com/headlines']);

    TestBed.resetTestingModule();
    const { News } = await execute<{ News: Type<unknown> }>('Server rendering 2');
    TestBed.inject(TransferState).set(makeStateKey<unknown>('rx-sse news'), { value: ['a', 'b'], lastEventId: '2' });
    const news = show(News);
    expect(news.text('p')).toBe('a | b');
    const stream = await open(1, 'id: 3\ndata: c\n\n');
    expect(stream.lastEventId).toBe('2');
    await news.shows('a | b | c', 'p');
  }),

  Testing: inAngular(({ execute }) => runTests(tests => execute('Testing', tests), resetTestBed)),

  'By HttpTestingController': inAngular(({ execute }) =>
    runTests(tests => execute('By HttpTestingController', tests), resetTestBed),
  ),
});

/** Returns the headings of a page, except this one. */
const othersThan = (heading: string, page: string) =>
  [...examplesOf(page).keys()].filter(name => name !== heading && !/ \d$/.test(name));

describeExamples(
  'README.md',
  {
    Angular: inAngular(async ({ execute, open, show }) => {
      const { Chat } = await execute<{ Chat: Type<unknown> }>('Angular');
      const chat = show(Chat);
      const exchange = await open(0, 'event: chat\ndata: {"author":"Ada","message":"hi"}\n\n');
      await chat.shows('open | Ada: hi', 'p');
      chat.destroy();
      await exchange.gone();
    }),
  },
  othersThan('Angular', 'README.md'),
);

describeExamples(
  'docs/tabs.md',
  {
    'In Angular': inAngular(async ({ execute, open, server }) => {
      TestBed.configureTestingModule({});
      const tabs = fakeTabs();
      /** Opens the application in another tab. */
      const openTab = async () => {
        const { platform } = tabs.open();
        const inTab = ({ key }: WithSharedTabsOptions) => withSharedTabs({ key, platform });
        const { Session, Presence, appConfig } = await execute<PresenceApplication>('In Angular', {
          'rx-sse/angular': { ...rxSseAngular, withSharedTabs: inTab },
          'rx-sse/tabs': { endForAll: (key: string) => endForAll(key, { platform }) },
        });
        const injector = createEnvironmentInjector(
          [Session, Presence, ...appConfig.providers],
          TestBed.inject(EnvironmentInjector),
        );
        return { session: injector.get(Session), presence: injector.get(Presence), destroy: () => injector.destroy() };
      };
      /** Runs the effects and lets the tabs exchange their messages. */
      const settle = async () => {
        TestBed.tick();
        await tabs.settle();
      };
      const [first, second, other] = [await openTab(), await openTab(), await openTab()];
      await settle();
      expect(server.exchanges).toEqual([]);

      for (const [{ session }, user] of [
        [first, 'ada'],
        [second, 'ada'],
        [other, 'bob'],
      ] as const) {
        session.userId.set(user);
        await settle();
      }
      const ada = await open(0, 'id: 1\ndata: ["Ada"]\n\n');
      const bob = await open(1, 'id: 1\ndata: ["Bob"]\n\n');
      expect(ada.request.url).toBe('/presence/stream');
      const names = () => [first, second, other].map(({ presence }) => presence.names().join());
      await until(() => names().join(' ') === 'Ada Ada Bob');
      // A tab that opens later starts with the last event.
      const late = await openTab();
      late.session.userId.set('ada');
      await settle();
      await until(() => late.presence.names().join() === 'Ada');
      expect(server.exchanges).toHaveLength(2);

      first.destroy();
      await ada.gone();
      const again = await open(2, 'id: 2\ndata: ["Ada","Eve"]\n\n');
      expect(again.lastEventId).toBe('1');
      await until(() => names().join(' ') === 'Ada Ada,Eve Bob');
      expect(late.presence.isOver()).toBe(false);
      second.session.leave();
      await settle();
      await again.gone();
      await until(() => late.presence.isOver());
      expect(second.session.userId()).toBeUndefined();
      expect(other.presence.isOver()).toBe(false);
      for (const { destroy } of [second, other, late]) destroy();
      await bob.gone();
      expect(server.exchanges).toHaveLength(3);
    }),
  },
  othersThan('In Angular', 'docs/tabs.md'),
);

/** Wraps a test in an application with a server. */
const test = (scenario: (run: AngularRun) => Promise<void>) => async () => {
  const run = await ExampleRun.start(new Map());
  try {
    await inAngular(scenario)(run);
  } finally {
    await run.close();
  }
};

describe('the claims of docs/angular.md', () => {
  it(
    'on signals: after an error of the stream, toSignal’s signal throws it, and a resource keeps its value',
    test(async ({ provide, server }) => {
      provide();
      const [text, resource] = TestBed.runInInjectionContext(() => [
        toSignal(injectEventSource()('/chat')),
        eventSourceResource(() => '/chat', { initial: 'none', reduce: (_, { data }) => data }),
      ]);
      (await server.exchange(0)).refuse(403);
      (await server.exchange(1)).refuse(403);
      await until(() => resource.status() === 'error');
      expect(resource.value()).toBe('none');
      expect(() => text()).toThrow(wrongStatus(403));
    }),
  );

  it('on zoneless: events that arrive together are rendered once [pitfall 36]', async () => {
    const server = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideSse(withDefaults({ fetch: server.fetch }))] });
    let renderings = 0;
    @Component({ selector: 'app-last', template: '{{ text() }}' })
    class Last {
      readonly text = toSignal(injectEventSource()('/chat').pipe(map(({ data }) => data)));

      constructor() {
        afterEveryRender(() => renderings++);
      }
    }
    const fixture = TestBed.createComponent(Last);
    await fixture.whenStable();
    const connection = server.expectConnection('/chat').open();
    renderings = 0;
    for (let chunk = 0; chunk < 100; chunk++) {
      connection.raw(Array.from({ length: 10 }, (_, index) => `data: ${10 * chunk + index}\n\n`).join(''));
      await fixture.whenStable();
      connection.comment();
      await fixture.whenStable();
    }
    expect(renderings).toBe(100);
    expect((fixture.nativeElement as Element).textContent).toBe('999');
    fixture.destroy();
    server.verify();
  });
});

describe('the claims of docs/migrating-from-ngx-sse-client.md', () => {
  it(
    'on HttpClient: an open ngx-sse-client stream leaves it pending and reports progress, ours doesn’t [pitfall 34]',
    test(async ({ open, provide }) => {
      const seen: string[] = [];
      const look: HttpInterceptorFn = (request, next) =>
        next(request).pipe(
          tap(event => {
            if (event.type === HttpEventType.DownloadProgress) {
              seen.push(`${request.url} ${event.partialText}`);
            }
          }),
        );
      provide(provideHttpClient(withFetch(), withInterceptors([look]), withSse()), provideSse(withHttpClient()));
      const application = TestBed.inject(ApplicationRef);
      const texts: string[] = [];

      const theirs = TestBed.inject(SseClient).stream('/theirs', { responseType: 'text' });
      const subscription = theirs.subscribe(text => texts.push(text));
      (await open(0, 'data: a\n\n')).send('data: b\n\n');
      await until(() => texts.length === 2);
      expect(await firstValueFrom(application.isStable)).toBe(false);
      // Each progress event repeats everything received so far.
      expect(seen.at(-1)).toBe('/theirs data: a\n\ndata: b\n\n');
      subscription.unsubscribe();
      await application.whenStable();

      seen.length = texts.length = 0;
      const ours = eventSource('/ours').subscribe(({ data }) => texts.push(data));
      (await open(1, 'data: a\n\n')).send('data: b\n\n');
      await until(() => texts.length === 2);
      await application.whenStable();
      expect(seen).toEqual([]);
      expect(ours.closed).toBe(false);
      ours.unsubscribe();
    }),
  );
});
