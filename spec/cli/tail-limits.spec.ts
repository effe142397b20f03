import { afterEach, describe, expect, it } from '@jest/globals';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { useCommand } from './command.js';

describe('rx-sse limits', () => {
  const command = useCommand();
  let server: SseServer | undefined;
  afterEach(() => server?.close());

  const start = async (handler: (exchange: Exchange) => void) => (server = await SseServer.start(handler));

  it('a silence with --idle-timeout, and then reconnects and resumes', async () => {
    const { origin, exchanges } = await start(exchange => {
      if (exchange.lastEventId === undefined) exchange.open().send('retry: 1\nid: 1\ndata: a\n\n');
      else exchange.open().send('id: 2\ndata: b\n\n');
    });
    const running = command.start(['--data', '--count', '2', '--idle-timeout', '300ms', origin]);
    expect(await running.ended).toMatchObject({ code: 0, stdout: 'a\nb\n', stderr: '' });
    expect(exchanges.at(0)?.lastEventId).toBeUndefined();
    expect(exchanges.at(-1)?.lastEventId).toBe('1');
    await exchanges[0]?.gone();
  });

  it('an attempt without a response with --connect-timeout', async () => {
    const silent = await start(() => undefined);
    const { code, stdout, stderr } = await command.start([
      '--connect-timeout',
      '300ms',
      '--max-retries',
      '0',
      silent.origin,
    ]).ended;
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^rx-sse: .*\b300 ms\b/);
    await silent.idle();
  });

  it('attempts in a row with --max-retries, in addition to the first attempt', async () => {
    const { origin, exchanges } = await start(exchange => exchange.refuse(503));
    const { code, stdout, stderr } = await command.start(['--max-retries', '2', origin]).ended;
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^rx-sse: .*503/);
    expect(exchanges).toHaveLength(3);
  });

  it('only failures in a row: an event starts the count of --max-retries again', async () => {
    // Three connections are lost, but only two in a row: the end of a response counts, too.
    const { origin, exchanges } = await start(exchange => {
      if (exchange.index % 2 === 0) exchange.refuse(503, {}, '');
      else exchange.open().end(`retry: 1\nid: ${exchange.index}\ndata: ${exchange.index}\n\n`);
    });
    const running = command.start(['--data', '--count', '2', '--max-retries', '2', origin]);
    expect(await running.ended).toMatchObject({ code: 0, stdout: '1\n3\n', stderr: '' });
    expect(exchanges).toHaveLength(4);
  });
});
