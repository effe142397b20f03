/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import '@angular/compiler';
import { wrongStatus } from '#texts';
import {
  type ApplicationConfig,
  ApplicationRef,
  createEnvironmentInjector,
  EnvironmentInjector,
  makeStateKey,
  PLATFORM_ID,
  type Provider,
  type Signal,
  TransferState,
  type Type,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from '@jest/globals';
import * as ngrxSignals from '@ngrx/signals';
import * as ngrxEntities from '@ngrx/signals/entities';
import * as ngrxInterop from '@ngrx/signals/rxjs-interop';
import { firstValueFrom, type Observable } from 'rxjs';
import type { ConnectionState, ServerSentEvent } from '../../src/index.js';
import { initTestBed } from '../support/angular.js';
import { describeExamples } from '../support/run-examples.js';
import { runTests } from '../support/run-tests.js';
import { until } from '../support/until.js';
import { ada, eventSource, inAngular } from './angular-run.js';
import { INTERCEPTOR_SCENARIOS } from './interceptor-scenarios.js';
import { RESOURCE_SCENARIOS } from './resource-scenarios.js';

initTestBed();

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

  ...INTERCEPTOR_SCENARIOS,

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

  ...RESOURCE_SCENARIOS,

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
