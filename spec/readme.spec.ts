/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are those of its scenario */
import { expect, it } from '@jest/globals';
import * as rxjs from 'rxjs';
import * as undici from 'undici';
import * as rxSse from '../src/index.js';
import { compileExamples } from './support/compile-examples.js';
import { APPLICATION, examplesOf } from './support/examples-of.js';
import { Clock } from './support/clock.js';
import { Http2Server } from './support/http2-server.js';
import { certificate } from './support/localhost-certificate.js';
import { describeExamples, type Scenario } from './support/run-examples.js';
import { until } from './support/until.js';
import { VirtualPage } from './support/virtual-page.js';

/** What is done with the examples under each heading. */
const scenarios: Record<string, Scenario> = {
  'rx-sse': async ({ execute, open, logged }) => {
    // As it stands it is over before an event can come: the two halves are run apart.
    const edit = (code: string) => `${code.replace('// Later', 'exports.stop = () => { // Later')}\n};`;
    const { stop } = await execute('rx-sse', { edit });
    const exchange = await open(0, 'id: 1\nevent: chat\ndata: hi\n\n');
    expect(await logged(1)).toEqual(['chat hi 1']);
    (stop as () => void)();
    await exchange.gone();
  },

  Lifecycle: async ({ execute, open, logged, server }) => {
    await execute('Lifecycle');
    (await open(0, ': beat\n\nid: 7\ndata: hi\n\n')).end();
    (await server.exchange(1)).refuse(204);
    expect(await logged(7)).toEqual([
      'attempt 0, after nothing',
      'open: 200, resumed from nothing',
      'a heartbeat: beat',
      'hi',
      'lost; trying again soon',
      'attempt 1, after 7',
      'over: no-content',
    ]);
  },

  'Typed events': async ({ execute, open, logged }) => {
    const edit = (code: string) => `${code}\npresence$.subscribe(({ data }) => console.log('presence:', data.user));`;
    await execute('Typed events', { edit });
    for (const index of [0, 1]) {
      await open(
        index,
        'data: {"author":"Ada","text":"hi"}\n\nevent: other\ndata: ?\n\nevent: presence\ndata: {"user":"Bob","online":false}\n\n',
      );
    }
    expect((await logged(3)).sort()).toEqual(['Ada: hi', 'Bob is gone', 'presence: Bob']);
  },

  Resuming: async ({ execute, open, logged }) => {
    const items = new Map([['chat.position', '6']]);
    const localStorage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
      removeItem: (key: string) => items.delete(key),
    };
    await execute('Resuming', { globals: { localStorage } });
    expect((await open(0, 'id: 7\ndata: hi\n\n')).lastEventId).toBe('6');
    await logged(1);
    expect(items.get('chat.position')).toBe('7');

    await execute('Resuming 2');
    expect((await open(1, 'id: 7\ndata: fresh\n\n')).lastEventId).toBeUndefined();
    expect(await logged(2)).toEqual(['hi', 'fresh']);
  },

  Reconnecting: async ({ execute, logged, server }) => {
    await execute('Reconnecting');
    for (const index of [0, 1]) (await server.exchange(index)).refuse(200, {}, `[${index}]`);
    expect((await logged(2)).sort()).toEqual(['0', '1']);
  },

  Errors: async ({ execute, logged, server }) => {
    await execute('Errors');
    (await server.exchange(0)).refuse(403, {}, 'members only');
    expect(await logged(1)).toEqual(['403 members only']);
  },

  'Refresh a token on 401': async ({ execute, open, logged, server }) => {
    let token = 'old';
    const auth = {
      token: () => Promise.resolve(token),
      refresh: () => Promise.resolve(void (token = 'new')),
    };
    await execute('Refresh a token on 401', { globals: { auth } });
    const first = await open(0, 'id: 7\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer old');
    await logged(1);
    first.cut();
    const second = await server.exchange(1);
    second.refuse(401);
    const third = await server.exchange(2);
    expect(third.request.headers.authorization).toBe('Bearer new');
    expect(third.lastEventId).toBe('7');
    third.open().send('data: b\n\n');
    expect(await logged(2)).toEqual(['a', 'b']);
  },

  'A language model': async run => {
    const { execute, logged, log, server } = run;
    const clock = new Clock();
    const delta = (number: number, text: string) =>
      `event: response.output_text.delta\ndata: ${JSON.stringify({ sequence_number: number, delta: text })}\n\n`;
    const created = 'event: response.created\ndata: {"sequence_number":0,"response":{"id":"resp_1"}}\n\n';

    await execute('A language model', { options: { scheduler: clock } });
    const first = await server.exchange(0);
    expect(first.request.method).toBe('POST');
    expect(JSON.parse(await first.body())).toMatchObject({ stream: true, background: true });
    first.open().send(created + delta(1, 'Ray'));
    await logged(1);
    first.end();
    await until(() => {
      clock.runOut();
      return server.exchanges.length > 1;
    });
    const second = await server.exchange(1);
    expect([second.request.method, second.request.url]).toEqual([
      'GET',
      '/v1/responses/resp_1?stream=true&starting_after=1',
    ]);
    second.open().send(delta(2, 'leigh'));
    await logged(2);
    second.send('event: response.failed\ndata: {"sequence_number":3,"response":{"error":{"message":"no more"}}}\n\n');
    await second.gone();
    expect(log).toEqual(['Ray', 'Rayleigh', 'Error: no more']);

    await execute('A language model 2');
    const completion = (await server.exchange(2)).open();
    const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
    completion.send(chunk('Ray') + chunk('leigh') + 'data: [DONE]\n\n');
    await completion.gone();
    expect(log.slice(3)).toEqual(['Ray', 'Rayleigh']);

    await execute('A language model 2');
    (await server.exchange(3)).open().send(chunk('Ray')).end();
    expect((await logged(7)).slice(5)).toEqual(['Ray', expect.stringMatching(/^StreamTruncatedError/)]);
    await execute('A language model 2');
    (await server.exchange(4)).open().send('data: {"error":{"message":"overloaded"}}\n\n');
    expect((await logged(8)).at(-1)).toBe('Error: overloaded');
    expect(server.exchanges).toHaveLength(5);
  },

  'Pause while hidden': async ({ execute, open, logged, after }) => {
    const page = new VirtualPage();
    after(() => page.remove());
    await execute('Pause while hidden');
    const first = await open(0, 'id: 7\ndata: a\n\n');
    await logged(1);
    page.setVisible(false);
    await first.gone();
    page.setVisible(true);
    expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
    expect(await logged(2)).toEqual(['a', 'b']);
  },

  'One connection for many': async ({ execute, open, logged, server }) => {
    await execute('One connection for many');
    await open(0, 'data: a\n\n');
    expect(await logged(2)).toEqual(['one a', 'other a']);
    expect(server.exchanges).toHaveLength(1);

    await execute('One connection for many 2');
    await logged(4);
    await open(1, 'data: b\n\n');
    expect((await logged(6)).slice(2)).toEqual(['idle', 'connecting', 'open', 'b']);
    expect(server.exchanges).toHaveLength(2);
  },

  'A store': async ({ execute, open, logged }) => {
    await execute('A store');
    const first = await open(0, 'id: 1\ndata: a\n\ndata: b\n\n');
    await logged(4);
    first.cut();
    await open(1, 'data: c\n\n');
    expect(await logged(8)).toEqual([
      ...['connecting 0', 'open 0', 'open 1', 'open 2'],
      ...['waiting 2', 'connecting 2', 'open 2', 'open 3'],
    ]);
  },

  'For await': async ({ execute, open, log }) => {
    const done = execute('For await');
    const exchange = await open(0, 'data: a\n\nevent: last\ndata: b\n\ndata: c\n\n');
    await done;
    await exchange.gone();
    expect(log).toEqual(['a', 'b']);
  },

  'The parser alone': async ({ execute, log }) => {
    await execute('The parser alone');
    expect(log).toEqual(['hello', 'world']);
  },

  'HTTP/2 in Node': async ({ execute, logged, after }) => {
    const http2 = await Http2Server.start(exchange => exchange.open().send(`data: ${exchange.path}\n\n`));
    class Agent extends undici.Agent {
      constructor(options: undici.Agent.Options) {
        super({ ...options, connect: { ca: certificate.cert } });
        after(() => this.destroy().then(() => http2.close()));
      }
    }
    const over = new rxjs.Subject<void>();
    after(() => over.next());
    const fromEventSource = (url: string, options: rxSse.EventSourceOptions) =>
      rxSse.fromEventSource(url.replace('https://example.com', http2.origin), options).pipe(rxjs.takeUntil(over));
    await execute('HTTP/2 in Node', { modules: { undici: { ...undici, Agent }, 'rx-sse': { fromEventSource } } });
    expect(await logged(1)).toEqual(['/chat/stream']);
  },
};

// Its component needs a page: spec/angular/guide.spec.ts runs it.
describeExamples('README.md', scenarios, ['Angular']);

it('the examples of the README compile as they stand', () => {
  expect(compileExamples(examplesOf('README.md').values(), APPLICATION)).toEqual([]);
});
