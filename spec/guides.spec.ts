/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { LOST, wrongStatus } from '#texts';
import '@angular/compiler';
import * as angularCore from '@angular/core';
import { expect } from '@jest/globals';
import type { Observable } from 'rxjs';
import type { ServerSentEvent } from '../src/index.js';
import { angularModules, application } from './support/application.js';
import { createInContext } from './support/create-in-context.js';
import { describeExamples } from './support/run-examples.js';
import { until } from './support/until.js';

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
    const [{ price$ }] = createInContext<{ price$: Observable<ServerSentEvent> }>(Prices, [
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
