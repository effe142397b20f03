/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import { fetchEventSource, type FetchEventSourceInit } from '@microsoft/fetch-event-source';
import { authentication } from './support/authentication.js';
import { onPage } from './support/on-page.js';
import { describeExamples, type ExampleRun, type Surroundings } from './support/run-examples.js';
import { sideBySide } from './support/side-by-side.js';
import type { VirtualPage } from './support/virtual-page.js';

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
