/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import '@angular/compiler';
import {
  FetchBackend,
  HttpClient,
  type HttpEvent,
  HttpEventType,
  HttpHandler,
  type HttpRequest,
} from '@angular/common/http';
import * as angularCore from '@angular/core';
import { describe, expect, it } from '@jest/globals';
import { SseClient } from 'ngx-sse-client';
import { firstValueFrom, from, type Observable, type Subscription, toArray } from 'rxjs';
import { parseEventStream } from '../src/index.js';
import { angularModules, application } from './support/application.js';
import { createInContext } from './support/create-in-context.js';
import { describeExamples, type ExampleRun, type Surroundings } from './support/run-examples.js';
import { sideBySide } from './support/side-by-side.js';
import { SseServer } from './support/sse-server.js';

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
  const [backend] = createInContext<FetchBackend>(FetchBackend, [
    { provide: angularCore.NgZone, useValue: { runOutsideAngular: (work: () => unknown) => work() } },
  ]);
  return new SseClient(
    new HttpClient(new Handler(request => backend.handle(request.clone({ url: run.here(request.url).href })))),
  );
}

const ngx = (): Surroundings => ({ modules: { ...angularModules, 'ngx-sse-client': { SseClient } } });

/** An application whose `SseClient` reaches the server, too. */
const applicationWithSseClient = (
  run: ExampleRun,
  providers: angularCore.ApplicationConfig['providers'] = [],
): angularCore.EnvironmentInjector =>
  application(run, [{ provide: SseClient, useFactory: () => ngxSseClient(run) }, ...providers]);

/** Creates an injectable class of an example in an application. */
const createIn = <T>(run: ExampleRun, Example: angularCore.ProviderToken<T>): T =>
  applicationWithSseClient(run).get(Example);

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
    const injector = applicationWithSseClient(run, providers as angularCore.ApplicationConfig['providers']);
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
