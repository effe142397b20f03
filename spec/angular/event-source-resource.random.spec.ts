/**
 * @jest-environment jsdom
 */
import { initTestBed } from '../support/angular.js';
import { Injector, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventSourceResource, type EventSourceResourceRequest } from '../../src/angular/index.js';
import type { ServerSentEvent } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { firstSeed } from '../support/random-stream.js';

const RUNS = 80;
/** The data of an event that can't be reduced. */
const BAD = '!';

/** An event without an id, with one, or with an empty one that clears the position. */
const event = fc.record({
  id: fc.option(fc.constantFrom('', '1', '2', '3'), { nil: undefined }),
  data: fc.oneof({ weight: 40, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 1, arbitrary: fc.constant(BAD) }),
});
const step = <K extends string>(...kinds: K[]) => fc.record({ do: fc.constantFrom(...kinds) });
const steps = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: step('open') },
    {
      weight: 30,
      arbitrary: fc.record({ do: fc.constant('chunk' as const), events: fc.array(event, { maxLength: 4 }) }),
    },
    { weight: 12, arbitrary: step('break', 'end') },
    { weight: 12, arbitrary: step('wait', 'effects') },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('refuse' as const), code: fc.constantFrom(204, 404, 503, 503) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('request' as const),
        request: fc.constantFrom('/a', '/b', '/a', '/b', undefined, 'throw'),
      }),
    },
    { weight: 8, arbitrary: step('reload') },
    { weight: 1, arbitrary: step('destroy') },
  ),
  { maxLength: 40, size: 'max' },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

const cases = fc.record({ steps, many: fc.boolean(), reset: fc.boolean() });
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const reset = (value: string) => `(${value})`;

interface Stream {
  readonly url: string;
  position: string;
  wasOpen: boolean;
}

/** A model of the resource's state, step by step, without signals, streams and effects. */
class Model {
  status = 'loading';
  value = '-';
  lastEventId = '';
  connection = 'idle';
  request: string | undefined = '/a';
  /** The stream of the request. */
  private stream: Stream | undefined = { url: '/a', position: '', wasOpen: false };
  private isReload = false;
  private due = true;
  private destroyed = false;
  /** The current connection: to the stream of the request, or still to the previous one. */
  run:
    | { stream: Stream; is: 'requested' | 'open' | 'waiting'; from: string; isReload: boolean; hasEvents: boolean }
    | undefined;

  constructor(private readonly options: { readonly many: boolean; readonly reset: boolean }) {}

  get error(): boolean {
    return this.status === 'error';
  }

  /** Returns whether the step is possible now. */
  allows(step: Step): boolean {
    const is = this.run?.is;
    switch (step.do) {
      case 'open':
      case 'refuse':
        return is === 'requested';
      case 'chunk':
      case 'break':
      case 'end':
        return is === 'open';
      default:
        return true;
    }
  }

  follow(step: Step): boolean | undefined {
    const { run } = this;
    switch (step.do) {
      case 'effects':
        if (this.destroyed || !this.due) return;
        this.due = false;
        this.run = this.stream && {
          stream: this.stream,
          is: 'requested',
          from: this.stream.position,
          isReload: this.isReload,
          hasEvents: false,
        };
        if (this.run) this.connection = 'connecting';
        return;
      case 'request':
        if (this.destroyed) return;
        if (step.request === this.request && this.request !== 'throw') return;
        this.request = step.request;
        this.due = true;
        this.isReload = false;
        this.stream = step.request?.startsWith('/') ? { url: step.request, position: '', wasOpen: false } : undefined;
        this.status = this.stream ? 'loading' : step.request ? 'error' : 'idle';
        [this.value, this.lastEventId, this.connection] = ['-', '', 'idle'];
        return;
      case 'reload':
        if (this.destroyed || !this.stream) return false;
        this.run = undefined;
        this.due = this.isReload = true;
        [this.status, this.connection] = ['reloading', 'idle'];
        return true;
      case 'destroy':
        this.destroyed = true;
        this.run = undefined;
        return;
      case 'open':
        if (!run) return;
        run.is = 'open';
        this.tell(run, () => {
          const isAnew = run.isReload && run.stream.wasOpen;
          // After events, a connection that requests no position is a gap.
          if (run.from === '' && (isAnew || run.hasEvents)) {
            if (this.options.reset) this.value = reset(this.value);
            else if (isAnew) [this.value, this.lastEventId] = ['-', ''];
          }
          run.stream.wasOpen = true;
          run.isReload = false;
          [this.status, this.connection] = ['resolved', 'open'];
        });
        return;
      case 'chunk':
        if (run) this.take(run, step.events);
        return;
      case 'refuse':
        if (!run) return;
        if (step.code === 503) this.loseIt(run);
        else {
          this.run = undefined;
          this.tell(run, () => {
            [this.status, this.connection] = step.code === 204 ? ['resolved', 'closed'] : ['error', 'failed'];
          });
        }
        return;
      case 'break':
      case 'end':
        if (run) this.loseIt(run);
        return;
      case 'wait':
        if (run?.is !== 'waiting') return;
        [run.is, run.from] = ['requested', run.stream.position];
        this.tell(run, () => (this.connection = 'connecting'));
        return;
    }
  }

  private loseIt(run: NonNullable<Model['run']>): void {
    run.is = 'waiting';
    this.tell(run, () => (this.connection = 'waiting'));
  }

  private take(run: NonNullable<Model['run']>, events: readonly { id?: string | undefined; data: string }[]): void {
    const isCurrent = run.stream === this.stream;
    run.hasEvents ||= events.length > 0;
    let [value, lastEventId] = [this.value, this.lastEventId];
    for (const { id, data } of events) {
      run.stream.position = id ?? run.stream.position;
      if (!isCurrent) continue;
      if (data === BAD) {
        this.run = undefined;
        [this.status, this.connection] = ['error', 'failed'];
        // With `reduceMany`, a chunk that fails was received as a whole, but adds nothing to the value.
        if (this.options.many) {
          run.stream.position = events.reduce((position, { id }) => id ?? position, run.stream.position);
          return;
        }
        break;
      }
      value += data;
      lastEventId = run.stream.position;
    }
    if (isCurrent) [this.value, this.lastEventId] = [value, lastEventId];
  }

  private tell(run: NonNullable<Model['run']>, change: () => void): void {
    if (run.stream === this.stream) change();
  }
}

beforeAll(initTestBed);

describe('eventSourceResource, run by random scripts', () => {
  const seen: Record<string, number> = {};
  const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
  afterAll(() => console.log(`SEED=${firstSeed}: ${RUNS} scripts with ${JSON.stringify(seen)}`));

  function play({ steps, many, reset: resets }: Case): void {
    const model = new Model({ many, reset: resets });
    const server = fakeEventSource();
    const clock = new Clock();
    const settings = { fetch: server.fetch, scheduler: clock, reconnect: { delay: 1000, factor: 1, jitter: 0 } };
    const requests: Record<string, EventSourceResourceRequest> = {
      '/a': { url: '/a', ...settings },
      '/b': { url: '/b', ...settings },
    };
    const requested = signal(model.request);
    const injector = Injector.create({ providers: [], parent: TestBed.inject(Injector) });
    const reduce = (value: string, { data }: ServerSentEvent) => {
      if (data === BAD) throw new Error(data);
      return value + data;
    };
    const resource = eventSourceResource(
      () => {
        const request = requested();
        if (request === 'throw') throw new Error('no request');
        return request === undefined ? undefined : requests[request];
      },
      {
        initial: '-',
        injector,
        ...(many
          ? { reduceMany: (value: string, events: readonly ServerSentEvent[]) => events.reduce(reduce, value) }
          : { reduce }),
        ...(resets && { reset }),
      },
    );
    let destroyed = false;
    const destroy = () => {
      if (!destroyed) injector.destroy();
      destroyed = true;
    };
    const live = () => server.connections.filter(({ state }) => state === 'requested' || state === 'open');

    const act = (step: Step): boolean | undefined => {
      const connection = server.connections.at(-1);
      switch (step.do) {
        case 'effects':
          TestBed.tick();
          break;
        case 'open':
          connection?.open();
          break;
        case 'chunk':
          connection?.raw(
            [
              ': beat\n\n',
              ...step.events.map(e => `${e.id === undefined ? '' : `id: ${e.id}\n`}data: ${e.data}\n\n`),
            ].join(''),
          );
          break;
        case 'break':
          connection?.break();
          break;
        case 'end':
          connection?.end();
          break;
        case 'wait':
          clock.advanceTo(clock.now() + 1000);
          break;
        case 'refuse':
          connection?.refuse(step.code);
          break;
        case 'request':
          requested.set(step.request);
          break;
        case 'reload':
          return resource.reload();
        case 'destroy':
          destroy();
          break;
      }
      // A failure reaches the page one turn later.
      clock.advanceTo(clock.now());
      return undefined;
    };

    const said = () => ({
      status: resource.status(),
      value: resource.value(),
      lastEventId: resource.lastEventId(),
      connection: resource.connection().status,
      error: resource.error() !== undefined,
      isLoading: resource.isLoading(),
      live: live().map(({ url, lastEventId, state }) => ({ url, lastEventId, state })),
    });
    const expected = () => {
      const { status, value, lastEventId, connection, error, run } = model;
      return {
        status,
        value,
        lastEventId,
        connection,
        error,
        isLoading: status === 'loading' || status === 'reloading',
        live: run && run.is !== 'waiting' ? [{ url: run.stream.url, lastEventId: run.from, state: run.is }] : [],
      };
    };

    try {
      expect(said()).toEqual(expected());
      for (const step of steps) {
        // If the step isn't possible yet, time passes until it is, or until it turns out that it never will be.
        for (const next of [{ do: 'effects' }, { do: 'wait' }, { do: 'open' }, step] as const) {
          if ((next !== step && model.allows(step)) || !model.allows(next)) continue;
          count(next.do);
          count(`is ${model.status}`);
          const [answer, says] = [act(next), said()];
          expect([answer, says]).toEqual([model.follow(next), expected()]);
        }
      }
    } finally {
      destroy();
    }
    expect(live()).toEqual([]);
    expect(clock.timers).toBe(0);
  }

  it('matches a plain model of its state, and has the expected connection', () => {
    expect(() => fc.assert(fc.property(cases, play), { seed: firstSeed, numRuns: RUNS })).not.toThrow();
  });
});
