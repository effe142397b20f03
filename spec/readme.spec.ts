/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are those of its scenario */
import { readFileSync } from 'node:fs';
import '@angular/compiler';
import * as angularCore from '@angular/core';
import * as angularInterop from '@angular/core/rxjs-interop';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as rxjs from 'rxjs';
import ts from 'typescript';
import * as undici from 'undici';
import * as rxSse from '../src/index.js';
import { compileExamples } from './support/compile-examples.js';
import { Http2Server } from './support/http2-server.js';
import { certificate } from './support/localhost-certificate.js';
import { type Exchange, SseServer } from './support/sse-server.js';
import { until } from './support/until.js';
import { VirtualPage } from './support/virtual-page.js';

/** The README's TypeScript, by the heading that it stands under; a second one under a heading has a ` 2` behind. */
const EXAMPLES = new Map<string, string>();
{
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  let heading = '';
  for (const [, title, code] of readme.matchAll(/^#+ (.+)$|^```ts\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else EXAMPLES.set(EXAMPLES.has(heading) ? `${heading} 2` : heading, code ?? '');
  }
}

/** What the examples take from their application. */
const AMBIENT = 'declare const auth: { token(): Promise<string>; refresh(): Promise<void> };';

describe('the examples of the README', () => {
  let server: SseServer;
  let log: string[];
  beforeEach(async () => {
    server = await SseServer.start();
    log = [];
  });
  afterEach(() => server.close());

  /** Runs an example to its end, against the server; `bindings` are the globals that it finds, besides the `otherModules`. */
  const execute = async (
    name: string,
    bindings: Record<string, unknown> = {},
    otherModules: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> => {
    const code = EXAMPLES.get(name);
    if (code === undefined) throw new Error(`Expected an example under "${name}" in the README`);
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, experimentalDecorators: true },
    });
    const here = (path: string | URL) => new URL(path, server.url);
    const subscribed: rxjs.Subscription[] = [];
    /** The same function with its paths on the server, and what is subscribed to noted, to be ended after the test. */
    const onServer =
      <T>(create: (url: string | URL, options?: rxSse.EventSourceOptions) => rxjs.Observable<T>) =>
      (url: string, options?: rxSse.EventSourceOptions) => {
        const source = create(here(url), {
          ...options,
          reconnect: options?.method ? false : { delay: 0, ...(options?.reconnect ?? {}) },
        });
        return new rxjs.Observable<T>(subscriber => {
          subscribed.push(subscriber);
          return source.subscribe(subscriber);
        });
      };
    const modules: Record<string, unknown> = {
      rxjs,
      '@angular/core': angularCore,
      '@angular/core/rxjs-interop': angularInterop,
      'rx-sse': {
        ...rxSse,
        fromEventSource: onServer(rxSse.fromEventSource),
        fromEventSourceLifecycle: onServer(rxSse.fromEventSourceLifecycle),
        iterateEventSource: (url: string) => rxSse.iterateEventSource(here(url)),
      },
      ...otherModules,
    };
    const scope: Record<string, unknown> = {
      console: { log: (...words: unknown[]) => log.push(words.join(' ')) },
      fetch: (url: string) => fetch(here(url)),
      exports: {},
      require: (module: string) => modules[module],
      ...bindings,
    };
    const AsyncFunction = (async () => {
      await Promise.resolve();
    }).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;
    await new AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
    cleanUp.push(() => subscribed.forEach(subscription => subscription.unsubscribe()));
    return scope['exports'] as Record<string, unknown>;
  };
  let cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    await Promise.all(cleanUp.map(clean => clean()));
    cleanUp = [];
  });

  /** Waits until the log is so long, and answers with it. */
  const logged = async (length: number) => {
    await until(() => log.length >= length);
    return log;
  };
  const open = async (index: number, chunk: string): Promise<Exchange> =>
    (await server.exchange(index)).open().send(chunk);

  /** What is done with the examples under each heading. */
  const scenarios: Record<string, () => Promise<void>> = {
    'rx-sse': async () => {
      const code = EXAMPLES.get('rx-sse') ?? '';
      // As it stands it is over before an event can come: the two halves are run apart.
      const [start = '', end = ''] = code.split('// Later');
      EXAMPLES.set('rx-sse', `${start}\nexports.stop = () => { // Later${end} };`);
      const { stop } = await execute('rx-sse');
      const exchange = await open(0, 'id: 1\nevent: chat\ndata: hi\n\n');
      expect(await logged(1)).toEqual(['chat hi 1']);
      (stop as () => void)();
      await exchange.gone();
      EXAMPLES.set('rx-sse', code);
    },

    Lifecycle: async () => {
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

    Resuming: async () => {
      const items = new Map([['chat.position', '6']]);
      const localStorage = {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => items.set(key, value),
        removeItem: (key: string) => items.delete(key),
      };
      await execute('Resuming', { localStorage });
      expect((await open(0, 'id: 7\ndata: hi\n\n')).lastEventId).toBe('6');
      await logged(1);
      expect(items.get('chat.position')).toBe('7');

      await execute('Resuming 2');
      expect((await open(1, 'id: 7\ndata: fresh\n\n')).lastEventId).toBeUndefined();
      expect(await logged(2)).toEqual(['hi', 'fresh']);
    },

    Reconnecting: async () => {
      await execute('Reconnecting');
      for (const index of [0, 1]) (await server.exchange(index)).refuse(200, {}, `[${index}]`);
      expect((await logged(2)).sort()).toEqual(['0', '1']);
    },

    Errors: async () => {
      await execute('Errors');
      (await server.exchange(0)).refuse(403, {}, 'members only');
      expect(await logged(1)).toEqual(['403 members only']);
    },

    'Refresh a token on 401': async () => {
      let token = 'old';
      const auth = {
        token: () => Promise.resolve(token),
        refresh: () => Promise.resolve(void (token = 'new')),
      };
      await execute('Refresh a token on 401', { auth });
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

    'A language model by POST': async () => {
      await execute('A language model by POST');
      const exchange = await server.exchange(0);
      expect(exchange.request.method).toBe('POST');
      expect(JSON.parse(await exchange.body())).toMatchObject({ stream: true });
      exchange.open().send('data: {"delta":"Ray"}\n\ndata: {"delta":"leigh"}\n\ndata: [DONE]\n\n');
      await exchange.gone();
      expect(log).toEqual(['Ray', 'Rayleigh']);
    },

    'Pause while hidden': async () => {
      const page = new VirtualPage();
      cleanUp.push(() => page.remove());
      await execute('Pause while hidden');
      const first = await open(0, 'id: 7\ndata: a\n\n');
      await logged(1);
      page.setVisible(false);
      await first.gone();
      page.setVisible(true);
      expect((await open(1, 'data: b\n\n')).lastEventId).toBe('7');
      expect(await logged(2)).toEqual(['a', 'b']);
    },

    'One connection for many': async () => {
      await execute('One connection for many');
      await open(0, 'data: a\n\n');
      expect(await logged(2)).toEqual(['one a', 'other a']);
      expect(server.exchanges).toHaveLength(1);
    },

    Angular: async () => {
      const { ChatStream, injectMessages } = await execute('Angular');
      const provider = { provide: ChatStream as angularCore.ProviderToken<unknown> & (new () => unknown), deps: [] };
      const injector = angularCore.Injector.create({ providers: [provider] });
      const messages = angularCore.runInInjectionContext(
        injector,
        injectMessages as () => angularCore.Signal<unknown[]>,
      );
      expect(messages()).toEqual([]);
      const exchange = await open(0, 'data: {"author":"Ada","message":"hi"}\n\n');
      await until(() => messages().length > 0);
      expect(messages()).toEqual([{ author: 'Ada', message: 'hi' }]);
      injector.destroy();
      await exchange.gone();
    },

    'A store': async () => {
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

    'For await': async () => {
      const done = execute('For await');
      const exchange = await open(0, 'data: a\n\nevent: last\ndata: b\n\ndata: c\n\n');
      await done;
      await exchange.gone();
      expect(log).toEqual(['a', 'b']);
    },

    'The parser alone': async () => {
      await execute('The parser alone');
      expect(log).toEqual(['hello', 'world']);
    },

    'HTTP/2 in Node': async () => {
      const http2 = await Http2Server.start(exchange => exchange.open().send(`data: ${exchange.path}\n\n`));
      class Agent extends undici.Agent {
        constructor(options: undici.Agent.Options) {
          super({ ...options, connect: { ca: certificate.cert } });
          cleanUp.push(() => this.destroy().then(() => http2.close()));
        }
      }
      const over = new rxjs.Subject<void>();
      cleanUp.unshift(() => over.next());
      const fromEventSource = (url: string, options: rxSse.EventSourceOptions) =>
        rxSse.fromEventSource(url.replace('https://example.com', http2.origin), options).pipe(rxjs.takeUntil(over));
      await execute('HTTP/2 in Node', {}, { undici: { ...undici, Agent }, 'rx-sse': { fromEventSource } });
      expect(await logged(1)).toEqual(['/chat/stream']);
    },
  };

  it.each(Object.keys(scenarios))('run: %s', async name => scenarios[name]?.());

  it('are all run', () => {
    const names = [...EXAMPLES.keys()].map(name => name.replace(/ \d$/, ''));
    expect(Object.keys(scenarios)).toEqual([...new Set(names)]);
  });

  it('compile as they stand', () => {
    expect(compileExamples(EXAMPLES.values(), AMBIENT)).toEqual([]);
  });
});
