/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expect', 'expectTypeOf'] }] */
import { initTestBed } from '../support/angular.js';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  type EnvironmentProviders,
  inject,
  Injectable,
  InjectionToken,
  mergeApplicationConfig,
  type Provider,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { type Observable, of } from 'rxjs';
import {
  type InjectedEventSource,
  injectEventSource,
  provideSse,
  type SseFeature,
  type SseOptions,
  withDefaults,
  withSharedTabs,
} from '../../src/angular/index.js';
import type {
  EventSourceLifecycle,
  EventSourceOptions,
  Flush,
  RoleLifecycle,
  ServerSentEvent,
} from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { describeChecked } from '../support/checked.js';

describe('provideSse', () => {
  let fake: FakeEventSource;
  beforeAll(initTestBed);
  beforeEach(() => {
    fake = fakeEventSource();
  });
  afterEach(() => {
    TestBed.resetTestingModule();
    fake.verify();
  });

  type Providers = (Provider | EnvironmentProviders)[];
  const injectorOf = (...providers: Providers) =>
    createEnvironmentInjector(providers, TestBed.inject(EnvironmentInjector));

  /** Returns the headers that a stream of the injector sends. */
  function headersSent(injector: EnvironmentInjector, options: SseOptions = {}): Readonly<Record<string, string>> {
    const { subscription } = observe(injectEventSource({ injector })('/stream', { fetch: fake.fetch, ...options }));
    const { headers } = fake.expectConnection('/stream');
    subscription.unsubscribe();
    return headers;
  }
  const from = (name: string) => ({ 'x-from': name });
  const fromHeader = (injector: EnvironmentInjector, options?: SseOptions) => headersSent(injector, options)['x-from'];

  it('isn’t required by an application without defaults', () => {
    expect(headersSent(injectorOf())).toEqual({ accept: 'text/event-stream' });
    expect(headersSent(injectorOf(provideSse()))).toEqual({ accept: 'text/event-stream' });
  });

  it('provides the options of all streams', () => {
    const injector = injectorOf(provideSse(withDefaults({ fetch: fake.fetch, headers: from('app') })));
    const eventSource = injectEventSource({ injector });
    const streams = [observe(eventSource('/a')), observe(eventSource.lifecycle('/b'))];
    expect(fake.expectConnection('/a').headers).toMatchObject(from('app'));
    expect(fake.expectConnection('/b').headers).toMatchObject(from('app'));
    for (const { subscription } of streams) subscription.unsubscribe();
  });

  it('prefers the later of two features', () => {
    const features = [
      withDefaults({ headers: from('first'), method: 'POST' }),
      withDefaults({ headers: from('last') }),
    ];
    const injector = injectorOf(provideSse(withDefaults({ fetch: fake.fetch }), ...features));
    expect(fromHeader(injector)).toBe('last');
    const { subscription } = observe(injectEventSource({ injector })('/stream'));
    expect(fake.expectConnection().method).toBe('POST');
    subscription.unsubscribe();
  });

  it('merges with another one of the same injector, such as of an application and of its server', () => {
    const app = { providers: [provideSse(withDefaults({ fetch: fake.fetch, headers: from('app'), method: 'POST' }))] };
    const onServer = { providers: [provideSse(withDefaults({ headers: from('server') }))] };
    const injector = injectorOf(...mergeApplicationConfig(app, onServer).providers);
    const { subscription } = observe(injectEventSource({ injector })('/stream'));
    expect(fake.expectConnection({ method: 'POST' }).headers).toMatchObject(from('server'));
    subscription.unsubscribe();
  });

  it('of a route inherits from the application, and takes precedence over it', () => {
    const app = injectorOf(provideSse(withDefaults({ headers: from('app'), method: 'POST' })));
    const route = createEnvironmentInjector([provideSse(withDefaults({ headers: from('route') }))], app);
    const without = createEnvironmentInjector([], route);
    const within = createEnvironmentInjector([provideSse(withDefaults({ method: 'PUT' }))], without);
    for (const [injector, name, method] of [
      [app, 'app', 'POST'],
      [route, 'route', 'POST'],
      [without, 'route', 'POST'],
      [within, 'route', 'PUT'],
    ] as const) {
      const { subscription } = observe(injectEventSource({ injector })('/stream', { fetch: fake.fetch }));
      expect(fake.expectConnection({ method }).headers).toMatchObject(from(name));
      subscription.unsubscribe();
    }
    route.destroy();
    expect(fromHeader(app)).toBe('app');
  });

  it('prefers the options of a stream, except undefined ones', () => {
    const injector = injectorOf(provideSse(withDefaults({ headers: from('app') })));
    expect(fromHeader(injector, { headers: from('stream') })).toBe('stream');
    expect(fromHeader(injector, { headers: undefined })).toBe('app');
    expect(fromHeader(injector, { headers: {} })).toBe('app');
    const child = createEnvironmentInjector([provideSse(withDefaults({ headers: undefined }))], injector);
    expect(fromHeader(child)).toBe('app');
  });

  describe('headers of the defaults and of a stream', () => {
    const defaults = { authorization: 'Bearer a', 'X-From': 'app' };
    const own = { 'x-from': 'stream', 'x-tab': '1' };
    const both = { accept: 'text/event-stream', authorization: 'Bearer a', 'x-from': 'stream', 'x-tab': '1' };
    const forms = (headers: Record<string, string>) =>
      [
        ['an object', headers],
        ['Headers', new Headers(headers)],
        ['pairs', Object.entries(headers)],
        ['a function', () => headers],
      ] as [string, SseOptions['headers']][];

    it.each(forms(defaults).flatMap(([a, first]) => forms(own).map(([b, second]) => [a, b, first, second] as const)))(
      'are merged by name, ignoring case: %s and %s',
      (_a, _b, first, second) => {
        const injector = injectorOf(provideSse(withDefaults({ headers: first })));
        expect(headersSent(injector, { headers: second })).toEqual(both);
      },
    );

    it.each<[string, SseOptions['headers']]>([
      ['a Promise', () => Promise.resolve(own)],
      ['an Observable, of which the first value counts', () => of(own, {})],
      ['nothing', () => undefined],
    ])('are also merged if a function returns %s', async (what, headers) => {
      const injector = injectorOf(provideSse(withDefaults({ headers: () => Promise.resolve(defaults) })));
      const { subscription } = observe(injectEventSource({ injector })('/stream', { fetch: fake.fetch, headers }));
      for (let task = 0; task < 2; task++) await new Promise(resolve => setTimeout(resolve));
      const sent = fake.expectConnection('/stream').headers;
      expect(sent).toEqual(
        what === 'nothing' ? { accept: 'text/event-stream', authorization: 'Bearer a', 'x-from': 'app' } : both,
      );
      subscription.unsubscribe();
    });

    it('are merged with those of a route, and evaluated for each attempt', () => {
      let attempts = 0;
      const token = () => ({ authorization: `Bearer ${++attempts}` });
      const app = injectorOf(provideSse(withDefaults({ fetch: fake.fetch, headers: token })));
      const route = createEnvironmentInjector([provideSse(withDefaults({ headers: { 'x-route': 'r' } }))], app);
      const { subscription } = observe(injectEventSource({ injector: route })('/stream', { headers: own }));
      const first = fake.expectConnection('/stream');
      expect(first.headers).toMatchObject({ authorization: 'Bearer 1', 'x-route': 'r', 'x-tab': '1' });
      subscription.unsubscribe();
      observe(injectEventSource({ injector: route })('/stream', { headers: own })).subscription.unsubscribe();
      expect(fake.expectConnection('/stream').headers).toMatchObject({ authorization: 'Bearer 2', 'x-route': 'r' });
    });

    describeChecked('that are invalid', () => {
      it('throw an error with the name of the option', () => {
        const injector = injectorOf(provideSse(withDefaults({ headers: defaults })));
        expect(() => headersSent(injector, { headers: 7 as never })).toThrow(/`headers`/);
      });
    });
  });

  it('doesn’t change the objects passed to it', () => {
    const defaults = Object.freeze({ headers: from('app'), fetch: fake.fetch });
    const options = Object.freeze({ headers: from('stream') });
    const injector = injectorOf(provideSse(withDefaults(defaults), withDefaults(Object.freeze({ method: 'POST' }))));
    expect(fromHeader(injector, options)).toBe('stream');
    expect(fromHeader(injector)).toBe('app');
  });

  it('calls a function for the defaults once, in an injection context, and not before they are needed', () => {
    const NAME = new InjectionToken<string>('NAME');
    @Injectable()
    class Session {
      readonly name = inject(NAME);
    }
    const give = jest.fn(() => {
      const session = inject(Session);
      return { headers: () => from(session.name) };
    });
    const session = [Session, { provide: NAME, useValue: 'Ada' }];
    const injector = injectorOf(session, provideSse(withDefaults(give)));
    expect(give).not.toHaveBeenCalled();
    expect(fromHeader(injector)).toBe('Ada');
    expect(fromHeader(injector)).toBe('Ada');
    expect(give).toHaveBeenCalledTimes(1);
  });

  it('calls the function separately for each application with the same features', () => {
    const NAME = new InjectionToken<string>('NAME');
    const sse = provideSse(withDefaults(() => ({ headers: from(inject(NAME)) })));
    const injectors = ['Ada', 'Bob'].map(useValue => injectorOf({ provide: NAME, useValue }, sse));
    expect(injectors.map(injector => fromHeader(injector))).toEqual(['Ada', 'Bob']);
  });

  it('calls a `deliver` of the application once per chunk, and tells it about heartbeats', () => {
    const calls: [kind: string, left: number][] = [];
    const deliver = (flush: Flush, heartbeat: boolean) => void calls.push([heartbeat ? 'beat' : 'more', flush()]);
    const injector = injectorOf(provideSse(withDefaults({ deliver, fetch: fake.fetch })));
    const stream = observe(injectEventSource({ injector })('/stream'));
    const connection = fake.expectConnection().open().raw('data: a\n\ndata: b\n\n').comment('beat').send('c');
    expect(calls).toEqual([
      ['more', 0],
      ['more', 0],
    ]);
    const lifecycle = observe(injectEventSource({ injector }).lifecycle('/stream'));
    fake.expectConnection().open().comment('beat');
    expect(calls.slice(2).map(([kind]) => kind)).toEqual(['more', 'more', 'beat']);
    expect(stream.values).toHaveLength(3);
    expect(lifecycle.values).toHaveLength(3);
    injector.destroy();
    expect(connection.state).toBe('closed');
  });

  describeChecked('rejects', () => {
    it.each([undefined, null, 7, 'defaults', {}, { defaults: {} }, () => undefined])('%p as a feature', feature => {
      expect(() => provideSse(withDefaults({}), feature as never)).toThrow(TypeError);
      expect(() => provideSse(feature as never)).toThrow(/^Expected features of `provideSse`: withDefaults\(…\)/);
    });

    it.each([undefined, null, 7, 'headers'])('%p as defaults', defaults => {
      expect(() => withDefaults(defaults as never)).toThrow(TypeError);
      expect(() => withDefaults(defaults as never)).toThrow(
        /^Expected an object or a function for the option `withDefaults`, but got /,
      );
    });

    it.each([undefined, null, 7])('a function that returns %p', given => {
      const injector = injectorOf(provideSse(withDefaults((() => given) as never)));
      const message = `Expected the function to return an object for the option \`withDefaults\`, but got ${given} (${typeof given})`;
      expect(() => injectEventSource({ injector })).toThrow(new TypeError(message));
    });

    it.each<[string, unknown]>([
      ['zone', 'inside'],
      ['ssr', true],
      ['deliver', 7],
      ['headers', 7],
      ['reconnect', 'never'],
      ['idleTimeout', '45s'],
    ])('`%s` as %p when a stream is created with it', (name, value) => {
      const injector = injectorOf(provideSse(withDefaults({ [name]: value })));
      const eventSource = injectEventSource({ injector });
      expect(() => eventSource('/stream')).toThrow(TypeError);
      expect(() => eventSource('/stream')).toThrow(`\`${name}\``);
    });
  });

  it('has types that accept only valid options', () => {
    expectTypeOf(withDefaults({})).toEqualTypeOf<SseFeature>();
    expectTypeOf(provideSse()).toEqualTypeOf<EnvironmentProviders>();
    expectTypeOf(withDefaults).parameter(0).toEqualTypeOf<SseOptions | (() => SseOptions)>();
    expectTypeOf<SseOptions>().toExtend<EventSourceOptions>();
    expectTypeOf<EventSourceOptions>().toExtend<SseOptions>();
    expectTypeOf<SseOptions['zone']>().toEqualTypeOf<'batch' | 'outside' | undefined>();
    expectTypeOf<SseOptions['ssr']>().toEqualTypeOf<'idle' | 'connect' | undefined>();
    expectTypeOf(injectEventSource).returns.toEqualTypeOf<InjectedEventSource>();
    expectTypeOf<InjectedEventSource>().returns.toEqualTypeOf<Observable<ServerSentEvent>>();
    const typesOf = ({ lifecycle }: InjectedEventSource) => {
      expectTypeOf(lifecycle('/')).toEqualTypeOf<Observable<EventSourceLifecycle>>();
      expectTypeOf(lifecycle('/', {})).toEqualTypeOf<Observable<EventSourceLifecycle>>();
      expectTypeOf(lifecycle('/', { shareAcrossTabs: true })).toEqualTypeOf<
        Observable<EventSourceLifecycle | RoleLifecycle>
      >();
    };
    typesOf(injectEventSource({ injector: injectorOf(provideSse(withSharedTabs({ key: () => '' }))) }));
    // @ts-expect-error -- it is not an option
    expect(() => withDefaults({ zones: 'batch' })).not.toThrow();
    // @ts-expect-error -- it is not one of them
    expect(() => withDefaults({ zone: 'inside' })).not.toThrow();
  });
});
