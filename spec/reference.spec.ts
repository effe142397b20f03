/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import * as rxjs from 'rxjs';
import { expect } from '@jest/globals';
import * as undici from 'undici';
import * as rxSse from '../src/index.js';
import { Clock } from './support/clock.js';
import { Http2Server } from './support/http2-server.js';
import { certificate } from './support/localhost-certificate.js';
import { describeExamples } from './support/run-examples.js';
import { runFirstStream } from './support/run-first-stream.js';
import { until } from './support/until.js';

describeExamples('docs/index.md', {
  'The first stream': runFirstStream,
});

describeExamples('docs/lifecycle.md', {
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
});

describeExamples('docs/typed-events.md', {
  'A union of events': async ({ execute, open, logged }) => {
    const edit = (code: string) => `${code}\npresence$.subscribe(({ data }) => console.log('presence:', data.user));`;
    await execute('A union of events', { edit });
    for (const index of [0, 1]) {
      await open(
        index,
        'data: {"author":"Ada","text":"hi"}\n\nevent: other\ndata: ?\n\nevent: presence\ndata: {"user":"Bob","online":false}\n\n',
      );
    }
    expect((await logged(3)).sort()).toEqual(['Ada: hi', 'Bob is gone', 'presence: Bob']);
  },
});

describeExamples('docs/errors.md', {
  'Handle one': async ({ execute, logged, server }) => {
    await execute('Handle one');
    (await server.exchange(0)).refuse(403, {}, 'members only');
    expect(await logged(1)).toEqual(['403 members only']);
  },
});

describeExamples('docs/language-models.md', {
  'An answer that resumes': async run => {
    const { execute, logged, log, server } = run;
    const clock = new Clock();
    const delta = (number: number, text: string) =>
      `event: response.output_text.delta\ndata: ${JSON.stringify({ sequence_number: number, delta: text })}\n\n`;
    const created = 'event: response.created\ndata: {"sequence_number":0,"response":{"id":"resp_1"}}\n\n';

    await execute('An answer that resumes', { options: { scheduler: clock } });
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
  },

  'Chat completions': async ({ execute, logged, log, server }) => {
    await execute('Chat completions');
    const completion = (await server.exchange(0)).open();
    const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
    completion.send(chunk('Ray') + chunk('leigh') + 'data: [DONE]\n\n');
    await completion.gone();
    expect(log).toEqual(['Ray', 'Rayleigh']);

    await execute('Chat completions');
    (await server.exchange(1)).open().send(chunk('Ray')).end();
    expect((await logged(4)).slice(2)).toEqual(['Ray', expect.stringMatching(/^StreamTruncatedError/)]);
    await execute('Chat completions');
    (await server.exchange(2)).open().send('data: {"error":{"message":"overloaded"}}\n\n');
    expect((await logged(5)).at(-1)).toBe('Error: overloaded');
    expect(server.exchanges).toHaveLength(3);
  },
});

describeExamples('docs/node.md', {
  'For await': async ({ execute, open, log }) => {
    const done = execute('For await');
    const exchange = await open(0, 'data: a\n\nevent: last\ndata: b\n\ndata: c\n\n');
    await done;
    await exchange.gone();
    expect(log).toEqual(['a', 'b']);
  },

  'HTTP/2': async ({ execute, logged, after }) => {
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
    await execute('HTTP/2', { modules: { undici: { ...undici, Agent }, 'rx-sse': { fromEventSource } } });
    expect(await logged(1)).toEqual(['/chat/stream']);
  },
});
