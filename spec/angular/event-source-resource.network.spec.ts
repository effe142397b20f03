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

  /** Resumes after the requested event. The events are numbered, so a duplicate or a gap would show. */
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

  it('resumes after broken connections, keeps the value, loses nothing and repeats nothing', async () => {
    let streams = 0;
    relay = await TcpRelay.start(server.port, connection => {
      // Cuts in the headers, within an event and between two events.
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
    // Some of the connections brought events, and the next ones resumed after them.
    expect(new Set(ids).size).toBeGreaterThan(2);
  });

  it('resumes on `reload()`, and leaves no connection when the request is gone', async () => {
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
