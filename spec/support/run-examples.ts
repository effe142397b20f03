/* eslint jest/expect-expect: off, jest/no-export: off -- these are the tests of a page with examples; its scenarios contain the expectations */
import '@angular/compiler';
import * as angularCore from '@angular/core';
import * as angularInterop from '@angular/core/rxjs-interop';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as rxjs from 'rxjs';
import ts from 'typescript';
import * as zod from 'zod';
import * as rxSse from '../../src/index.js';
import * as rxSseParser from '../../src/parser/index.js';
import * as rxSseTesting from '../../src/testing/index.js';
import { examplesOf } from './examples-of.js';
import { type Exchange, SseServer } from './sse-server.js';
import { until } from './until.js';

/** The parts of an application that an example uses. */
export interface Surroundings {
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Modules in addition to those that all examples have. */
  readonly modules?: Readonly<Record<string, unknown>>;
  /**
   * Options that override those of its streams. With a `scheduler`, the streams wait as they say; otherwise they don't
   * wait.
   */
  readonly options?: rxSse.EventSourceOptions;
  /** Returns the code that runs instead of the example's code. */
  readonly edit?: (code: string) => string;
}

/** Runs the examples of a page against a server of their own. Its functions can be destructured. */
export class ExampleRun {
  /** The calls of `console.log`, one entry each. */
  readonly log: string[] = [];
  private cleanUp: (() => unknown)[] = [];

  private constructor(
    private readonly examples: ReadonlyMap<string, string>,
    readonly server: SseServer,
  ) {}

  static async start(examples: ReadonlyMap<string, string>): Promise<ExampleRun> {
    return new ExampleRun(examples, await SseServer.start());
  }

  /** Returns the URL on the server for any URL of an example. */
  readonly here = (url: string | URL): URL => {
    const { pathname, search } = new URL(url, this.server.url);
    return new URL(pathname + search, this.server.url);
  };

  /** Runs an example to its end, and returns its exports. */
  readonly execute = async (
    name: string,
    { globals = {}, modules = {}, options = {}, edit = code => code }: Surroundings = {},
  ): Promise<Record<string, unknown>> => {
    const code = this.examples.get(name);
    if (code === undefined) throw new Error(`Expected an example under "${name}"`);
    const { outputText } = ts.transpileModule(edit(code), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, experimentalDecorators: true },
    });
    const { here } = this;
    /** Wraps the function: its paths are on the server, and its subscriptions end after the test. */
    const onServer =
      <T>(create: (url: string | URL, options?: rxSse.EventSourceOptions) => rxjs.Observable<T>) =>
      (url: string | URL, own: rxSse.EventSourceOptions = {}) => {
        const { reconnect = own.method ? false : {} } = own;
        // A stream with its own `fetch` has its own server, and waits as it says.
        const soon = options.scheduler || own.fetch ? {} : { reconnect: reconnect && { delay: 0, ...reconnect } };
        const source = create(own.fetch ? url : here(url), {
          ...own,
          ...onServerAgain(own.resume),
          ...soon,
          ...options,
        });
        return new rxjs.Observable<T>(subscriber => {
          this.after(() => subscriber.unsubscribe());
          return source.subscribe(subscriber);
        });
      };
    /** Moves the requests for the rest of a stream to the server, too. */
    const onServerAgain = (resume: rxSse.EventSourceOptions['resume']): rxSse.EventSourceOptions => {
      if (resume === undefined) return {};
      if (typeof resume !== 'function') return { resume: here(resume) };
      return {
        resume: attempt => {
          const answer = resume(attempt) as NonNullable<rxSse.PreparedRequest>;
          return { ...answer, url: here(answer.url) };
        },
      };
    };
    const known: Record<string, unknown> = {
      rxjs,
      zod,
      '@angular/core': angularCore,
      '@angular/core/rxjs-interop': angularInterop,
      'rx-sse': {
        ...rxSse,
        fromEventSource: onServer(rxSse.fromEventSource),
        fromEventSourceLifecycle: onServer(rxSse.fromEventSourceLifecycle),
        iterateEventSource: (url: string, own?: rxSse.EventSourceOptions) => rxSse.iterateEventSource(here(url), own),
      },
      'rx-sse/parser': rxSseParser,
      'rx-sse/testing': rxSseTesting,
      ...modules,
    };
    const scope: Record<string, unknown> = {
      console: { log: (...words: unknown[]) => this.log.push(words.join(' ')) },
      fetch: (url: string, init?: RequestInit) => fetch(here(url), init),
      exports: {},
      require: (module: string) => known[module],
      ...globals,
    };
    const AsyncFunction = (async () => {
      await Promise.resolve();
    }).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;
    await new AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
    return scope['exports'] as Record<string, unknown>;
  };

  /** Waits until the log has this length, and returns it. */
  readonly logged = async (length: number): Promise<string[]> => {
    await until(() => this.log.length >= length);
    return this.log;
  };

  /** Accepts the request with that index, and sends a first chunk. */
  readonly open = async (index: number, chunk: string): Promise<Exchange> =>
    (await this.server.exchange(index)).open().send(chunk);

  /** Registers a function that is called at the end. */
  readonly after = (clean: () => unknown): void => void this.cleanUp.push(clean);

  /** Ends everything that the examples have started. */
  readonly end = async (): Promise<void> => {
    const { cleanUp } = this;
    this.cleanUp = [];
    await Promise.all(cleanUp.map(clean => clean()));
  };

  async close(): Promise<void> {
    await this.end();
    await this.server.close();
  }
}

export type Scenario = (run: ExampleRun) => Promise<void>;

/**
 * Tests the examples of a page by running each of them.
 *
 * @param scenarios the steps with the examples under each heading, in the order of the page
 * @param onlyCompiled the headings whose examples aren't run; the compiler checks all of them
 */
export function describeExamples(
  page: string,
  scenarios: Readonly<Record<string, Scenario>>,
  onlyCompiled: readonly string[] = [],
): void {
  const examples = examplesOf(page);

  describe(`the examples of ${page}`, () => {
    let run: ExampleRun;
    beforeEach(async () => {
      run = await ExampleRun.start(examples);
    });
    afterEach(() => run.close());

    it.each(Object.keys(scenarios))('run: %s', async heading => scenarios[heading]?.(run));

    it('all have a scenario, or are only compiled', () => {
      const headings = new Set([...examples.keys()].map(name => name.replace(/ \d$/, '')));
      expect([...headings]).toEqual(expect.arrayContaining([...onlyCompiled]));
      expect(Object.keys(scenarios)).toEqual([...headings].filter(heading => !onlyCompiled.includes(heading)));
    });
  });
}
