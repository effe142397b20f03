import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, fetch, type RequestInit } from 'undici';
import { type EventSourceOptions, fromEventSourceLifecycle } from '../src/index.js';
import { describeHttp2 } from './support/http2-behaviour.js';
import { Http2Server } from './support/http2-server.js';
import { certificate } from './support/localhost-certificate.js';
import { observe, ofKind } from './support/observe.js';

describe('through undici', () => {
  let dispatcher: Agent;
  afterEach(() => dispatcher.destroy());
  /** Opens streams through an agent with these options. */
  const streamsThrough = (agentOptions: Agent.Options) => {
    dispatcher = new Agent({ allowH2: true, connect: { ca: certificate.cert }, ...agentOptions });
    return (url: string, options: EventSourceOptions) =>
      fromEventSourceLifecycle(url, {
        ...options,
        fetch: (url, init: RequestInit) => fetch(url, { ...init, dispatcher }),
      });
  };

  describeHttp2({
    name: 'Node',
    connect: () => Promise.resolve(streamsThrough({ connections: 1, pipelining: 1000 })),
    cancelCode: constants.NGHTTP2_NO_ERROR,
    takesForEnd: ['NO_ERROR', 'CANCEL'],
    goesOnAfterGoAway: false,
  });

  describe('one connection for all streams', () => {
    let server: Http2Server;
    beforeEach(async () => {
      server = await Http2Server.start();
    });
    afterEach(() => server.close());

    it('requires `connections: 1`: without it, each stream has its own connection', async () => {
      const open = streamsThrough({ pipelining: 1000 });
      for (const path of ['/a', '/b', '/c']) observe(open(server.origin + path, {}));
      for (const path of ['/a', '/b', '/c']) await server.exchange(path);
      expect(server.sessions).toHaveLength(3);
    });

    it('requires `pipelining`: without it, a stream waits until the one before it ends', async () => {
      const open = streamsThrough({ connections: 1 });
      const first = observe(open(`${server.origin}/first`, {}));
      (await server.exchange('/first')).open();
      await first.find(ofKind('open'));
      const second = observe(open(`${server.origin}/second`, { connectTimeout: 100, reconnect: { delay: 1 } }));
      const { error } = await second.find(ofKind('waiting'));
      expect(error).toMatchObject({ name: 'EventSourceTimeoutError' });
      expect(server.exchanges).toHaveLength(1);

      first.subscription.unsubscribe();
      expect((await server.exchange('/second')).session).toBe(server.sessions[0]);
    });
  });
});

describe('a process that has read a stream through undici', () => {
  const processes: ChildProcess[] = [];
  afterEach(() => processes.splice(0).forEach(child => child.kill()));

  it.each([
    ['ends when the agent is closed', 'dispatcher.close()'],
    ['ends even if the agent stays open', 'undefined'],
  ])('%s', async (_name, atTheEnd) => {
    const server = await Http2Server.start(exchange => exchange.open().send('data: a\n\n'));
    const script = `
      import { take } from 'rxjs';
      import { Agent, fetch } from 'undici';
      import { fromEventSource } from './src/index.ts';
      const dispatcher = new Agent({
        allowH2: true, connections: 1, pipelining: 1000, connect: { ca: process.env.CERTIFICATE },
      });
      fromEventSource(process.env.STREAM_URL, { fetch: (url, init) => fetch(url, { ...init, dispatcher }) })
        .pipe(take(1))
        .subscribe({ complete: () => ${atTheEnd} });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      env: { ...process.env, CERTIFICATE: certificate.cert, STREAM_URL: server.origin },
      stdio: 'inherit',
    });
    processes.push(child);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(server.exchanges).toHaveLength(1);
    await server.close();
  });
});
