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
import { reset, ResourceModel } from '../support/resource-model.js';
import { BAD, type Step, steps } from '../support/resource-steps.js';

const RUNS = 80;

const cases = fc.record({ steps, many: fc.boolean(), reset: fc.boolean() });
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

beforeAll(initTestBed);

describe('eventSourceResource, run by random scripts', () => {
  const seen: Record<string, number> = {};
  const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
  afterAll(() => console.log(`SEED=${firstSeed}: ${RUNS} scripts with ${JSON.stringify(seen)}`));

  function play({ steps, many, reset: resets }: Case): void {
    const model = new ResourceModel({ many, reset: resets });
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
