import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Headers,
  type INestApplication,
  Logger,
  type MessageEvent,
  Module,
  Res,
  Sse,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { concat, EMPTY, from, Observable, of, throwError } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { nameAndVersion, numberedDataUpTo, numberedEventsAfter, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';

type Handler = (
  lastEventId: string | undefined,
  response: { status(code: number): unknown },
) => Observable<MessageEvent>;

describe('NestJS @Sse', () => {
  let app: INestApplication;
  let server: SseServer;
  afterEach(async () => {
    await server.close();
    await app.close();
  });

  /** Creates an application with one controller that has one `@Sse` method. Its decorators are called by hand. */
  const serve = async (handler: Handler) => {
    /* eslint-disable @typescript-eslint/no-extraneous-class -- in Nest a class is what its decorators say */
    class StreamController {}
    class StreamModule {}
    /* eslint-enable @typescript-eslint/no-extraneous-class */
    const { prototype } = StreamController;
    const method = { value: handler };
    Object.defineProperty(prototype, 'stream', method);
    Headers('last-event-id')(prototype, 'stream', 0);
    Res({ passthrough: true })(prototype, 'stream', 1);
    Sse('stream')(prototype, 'stream', method);
    Controller()(StreamController);
    Module({ controllers: [StreamController] })(StreamModule);

    Logger.overrideLogger(false);
    app = await NestFactory.create(StreamModule);
    await app.init();
    const listener = app.getHttpAdapter().getInstance() as (request: IncomingMessage, response: ServerResponse) => void;
    server = await SseServer.start(({ request, response }) => listener(request, response));
  };

  it('loses and duplicates none of 1000 events through cuts if its method reads Last-Event-ID', async () => {
    await serve(lastEventId => from(numberedEventsAfter(lastEventId)));
    const { data, cuts } = await runThroughCuts({ server: nameAndVersion('@nestjs/core'), url: server.url });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
  });

  it('sends types, ids, `retry`, comments, objects as JSON, and strings line by line', async () => {
    await serve(() =>
      of<MessageEvent[]>(
        { comment: 'heartbeat' },
        { type: 'chat', id: '1', data: { text: 'Straße\n𝄞' }, retry: 1500 },
        { id: '2', data: ' first\r\n\r\nthird\n' },
      ),
    );
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: false }));
    expect((await lifecycle.completed()).slice(2)).toEqual([
      { kind: 'comment', text: 'heartbeat' },
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'chat', data: '{"text":"Straße\\n𝄞"}', lastEventId: '1' } },
      { kind: 'event', event: { type: 'message', data: ' first\n\nthird\n', lastEventId: '2' } },
      { kind: 'closed', reason: 'end' },
    ]);
  });

  it('numbers events from 1 on each connection if its method sets no ids, and ends the stream with 204', async () => {
    await serve((_, response) => {
      if (server.exchanges.length > 2) response.status(204);
      return server.exchanges.length > 2 ? EMPTY : of({ data: 'a' }, { data: 'b' });
    });
    const events = observe(fromEventSource(server.url, { reconnect: { delay: 1 } }));
    expect((await events.completed()).map(({ lastEventId }) => lastEventId)).toEqual(['1', '2', '1', '2']);
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '2', '2']);
  });

  it('sends an error of its Observable as an event of type `error`, with an id of its own count', async () => {
    await serve(() =>
      concat(
        of({ id: '41', data: 'first' }),
        throwError(() => new Error('a secret')),
      ),
    );
    const events = observe(fromEventSource(server.url, { reconnect: false }));
    expect(await events.completed()).toEqual([
      { type: 'message', data: 'first', lastEventId: '41' },
      // The next connection would therefore resume from the wrong event.
      { type: 'error', data: 'Internal server error', lastEventId: '1' },
    ]);
  });

  it('tears down its Observable when the client unsubscribes', async () => {
    let tornDown: Promise<void> | undefined;
    await serve(
      () =>
        new Observable(subscriber => {
          tornDown = new Promise(resolve => subscriber.add(resolve));
          subscriber.next({ data: 'hello' });
        }),
    );
    const events = observe(fromEventSource(server.url));
    await events.first(1);

    events.subscription.unsubscribe();
    await expect(tornDown).resolves.toBeUndefined();
    await server.idle();
  });
});
