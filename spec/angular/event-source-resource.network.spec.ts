/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
import { initTestBed } from '../support/angular.js';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventSourceResource, eventSourceResource } from '../../src/angular/index.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { until } from '../support/until.js';

beforeAll(initTestBed);

describe('eventSourceResource over a real connection', () => {
  const LAST = 200;
  const ids: (string | undefined)[] = [];
  let server: SseServer;
  let relay: TcpRelay;

  /** Goes on after the event that is asked for, with events that cannot be doubled or left out unseen. */
  function serve(exchange: Exchange): void {
    const { lastEventId } = exchange;
    ids.push(lastEventId);
    exchange.open();
    for (let n = Number(lastEventId ?? 0) + 1; n <= LAST; n++) exchange.send(`id: ${n}\ndata: ${n}\n\n`);
  }

  beforeEach(async () => {
    ids.length = 0;
    server = await SseServer.start(serve);
  });
  afterEach(async () => {
    TestBed.resetTestingModule();
    await server.idle();
    await relay.close();
    await server.close();
  });

  const numbers = (request: () => { url: string; reconnect: object } | undefined) =>
    TestBed.runInInjectionContext(() =>
      eventSourceResource(request, {
        initial: [] as readonly number[],
        decode: { message: Number },
        reduceMany: (all, events) => [...all, ...events.map(event => event.data)],
      }),
    );
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
  const length = (resource: EventSourceResource<readonly number[]>) => resource.value().length;

  it('what is cut in the middle goes on where it was: the value is kept, nothing is lost, nothing comes twice', async () => {
    let streams = 0;
    relay = await TcpRelay.start(server.port, connection => {
      // In the headers, in the midst of an event, between two.
      if (++streams <= 6) connection.toClient.after(150 + streams * 173, () => connection.make('cut'));
    });
    const resource = numbers(() => ({ url: relay.url, reconnect: { delay: 0 } }));
    const shortened: number[] = [];
    let before = 0;
    TestBed.tick();
    await until(() => {
      const now = length(resource);
      if (now < before) shortened.push(now);
      before = now;
      return now >= LAST;
    });
    expect(resource.value()).toEqual(upTo(LAST));
    expect(resource.lastEventId()).toBe(`${LAST}`);
    expect(resource.status()).toBe('resolved');
    expect(shortened).toEqual([]);
    expect(relay.faults.cut).toBe(6);
    // Of the connections some brought events, and were resumed from there.
    expect(new Set(ids).size).toBeGreaterThan(2);
  });

  it('reload() resumes, and a request that is gone leaves no connection', async () => {
    relay = await TcpRelay.start(server.port);
    const open = signal(true);
    const resource = numbers(() => (open() ? { url: relay.url, reconnect: {} } : undefined));
    TestBed.tick();
    await until(() => length(resource) >= LAST);
    resource.reload();
    TestBed.tick();
    await until(() => resource.status() === 'resolved');
    expect(ids).toEqual([undefined, `${LAST}`]);
    expect(resource.value()).toEqual(upTo(LAST));
    open.set(false);
    TestBed.tick();
    await server.idle();
    expect(resource.value()).toEqual([]);
  });
});
