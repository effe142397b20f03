/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import { expect } from '@jest/globals';
import { EventSource } from 'eventsource';
import { describeExamples, type ExampleRun, type Surroundings } from './support/run-examples.js';
import { sideBySide } from './support/side-by-side.js';

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
