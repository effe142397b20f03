import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { certificate } from '../support/localhost-certificate.js';
import type { Exchange } from '../support/sse-server.js';
import { folder, respondWith, server, useServedCommand } from './use-served-command.js';

const PACKAGE = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

describe('rx-sse', () => {
  const command = useServedCommand();
  const run = (...args: string[]) => command.start([...args, server.origin]).ended;

  it('prints the events in the format of a stream, without color and status if it is piped', async () => {
    expect(await run('--count', '3')).toEqual({
      code: 0,
      signal: null,
      stdout: 'id: 1\ndata: a\n\nid: 2\nevent: price\ndata: {"n":2}\n\nid: 3\ndata: two\ndata: lines\n\n',
      stderr: '',
    });
  });

  it.each<[string[], string]>([
    [
      ['--json'],
      '{"type":"message","data":"a","lastEventId":"1"}\n{"type":"price","data":"{\\"n\\":2}","lastEventId":"2"}\n{"type":"message","data":"two\\nlines","lastEventId":"3"}\n',
    ],
    [['--data'], 'a\n{"n":2}\ntwo\nlines\n'],
  ])('prints the events with %p', async (args, stdout) => {
    expect(await run('--count', '3', ...args)).toMatchObject({ code: 0, stdout });
  });

  it('prints each step as a JSON object with --lifecycle', async () => {
    const { stdout } = await run('--lifecycle', '--until', 'lines');
    const steps = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { kind: string });
    expect(steps.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event', 'event', 'comment', 'event']);
    expect(steps[1]).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
  });

  it.each<[string[], string]>([
    [['--type', 'price', '--count', '1'], '{"n":2}\n'],
    [['--type', 'price', '--type', 'message', '--count', '2'], 'a\n{"n":2}\n'],
    [['--until', 'price'], 'a\n{"n":2}\n'],
    [['--until', 'lines'], 'a\n{"n":2}\ntwo\nlines\n'],
    [['--type', 'price', '--until', 'lines'], '{"n":2}\n'],
    [['--for', '1s', '--count', '1'], 'a\n'],
    [['--for', '2s'], 'a\n{"n":2}\ntwo\nlines\n'],
  ])('ends as requested: %p', async (args, stdout) => {
    expect(await run('--data', ...args)).toMatchObject({ code: 0, stdout, stderr: '' });
    await Promise.all(server.exchanges.map(exchange => exchange.gone()));
  });

  it('ends silently when the stream ends', async () => {
    respondWith(exchange => exchange.refuse(204));
    expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('reconnects, and resumes after the last event', async () => {
    respondWith(exchange => {
      if (exchange.index === 0) exchange.open().send('retry: 1\nid: 1\ndata: a\n\n');
      else exchange.open().send('id: 2\ndata: b\n\n');
    });
    const running = command.start(['--data', '--count', '2', server.origin]);
    await running.hasPrinted('a\n');
    server.exchanges[0]?.cut();
    expect(await running.ended).toMatchObject({ code: 0, stdout: 'a\nb\n' });
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1']);
  });

  it('starts after --last-event-id, or after the position in --state, which takes precedence', async () => {
    await run('--count', '1', '--last-event-id', '7');
    const state = join(folder, 'begins');
    await run('--count', '1', '--last-event-id', '8', '--state', state);
    expect(await readFile(state, 'utf8')).toBe('1');
    await run('--count', '1', '--last-event-id', '8', '--state', state);
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual(['7', '8', '1']);
  });

  it('accepts a position with a line end, and updates it by an id without an event', async () => {
    const state = join(folder, 'echoed');
    await writeFile(state, '5\n');
    respondWith(exchange => exchange.open().send('id: 6\ndata: a\n\nid: 9\n\nretry: 100\n\n: end\n\n'));
    await run('--state', state, '--for', '500ms');
    expect(server.exchanges[0]?.lastEventId).toBe('5');
    expect(await readFile(state, 'utf8')).toBe('9');
  });

  it('continues after the last event that it printed, and not after the chunk', async () => {
    const state = join(folder, 'goes-on');
    respondWith(exchange => {
      const from = Number(exchange.lastEventId ?? 0);
      exchange
        .open()
        .send(
          Array.from({ length: 9 - from }, (_, index) => `id: ${from + index + 1}\ndata: ${from + index + 1}\n\n`).join(
            '',
          ),
        );
    });
    const texts: string[] = [];
    for (let round = 0; round < 3; round++) texts.push((await run('--data', '--count', '3', '--state', state)).stdout);
    expect(texts).toEqual(['1\n2\n3\n', '4\n5\n6\n', '7\n8\n9\n']);
  });

  describe('sends', () => {
    const sent = async (args: string[], input?: string) => {
      respondWith(exchange => {
        void exchange.body().then(body => {
          const { method, headers } = exchange.request;
          exchange.open().send(`data: ${JSON.stringify([method, headers['content-type'], headers['x-a'], body])}\n\n`);
        });
      });
      const { stdout } = await command.start(
        ['--data', '--count', '1', ...args, server.origin],
        input === undefined ? {} : { input },
      ).ended;
      return JSON.parse(stdout) as unknown[];
    };
    it('headers and a method', async () => {
      expect(await sent(['-H', 'X-A:  b c ', '-H', 'x-a: d', '-X', 'report'])).toEqual(['REPORT', null, 'b c, d', '']);
    });
    it('a body from text, a file or standard input', async () => {
      const file = join(folder, 'body.json');
      await writeFile(file, '{"a":1}');
      expect(await sent(['-d', 'hello'])).toEqual(['POST', 'text/plain;charset=UTF-8', null, 'hello']);
      expect(await sent(['-d', `@${file}`])).toEqual(['POST', 'application/json', null, '{"a":1}']);
      expect(await sent(['-d', '-', '-X', 'PUT', '-H', 'content-type: a/b'], 'from input')).toEqual([
        'PUT',
        'a/b',
        null,
        'from input',
      ]);
    });
  });

  it('accepts a certificate that can’t be verified only with --insecure', async () => {
    const secure = createServer(certificate, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: secret\n\n');
    });
    await new Promise<void>(resolve => secure.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(secure.address() as AddressInfo).port}/`;
    try {
      const args = ['--data', '--count', '1', '--max-retries', '0', url];
      expect(await command.start(['-k', ...args]).ended).toMatchObject({ code: 0, stdout: 'secret\n', stderr: '' });
      expect(await command.start(args).ended).toMatchObject({ code: 4, stdout: '' });
    } finally {
      secure.close();
    }
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s, and closes the connection', async (signal, code) => {
    const running = command.start([server.origin]);
    await running.hasPrinted('lines');
    running.kill(signal);
    expect(await running.ended).toMatchObject({ code, signal: null, stderr: '' });
    await server.exchanges[0]?.gone();
  });

  it('ends silently when its reader ends', async () => {
    respondWith(exchange => {
      exchange.open();
      const send = () => {
        if (!exchange.response.closed) exchange.response.write('data: x\n\n', () => setImmediate(send));
      };
      send();
    });
    const { stdout, stderr } = await command.shell(
      `rx-sse --data ${server.origin} | head -3; echo "codes \${PIPESTATUS[0]}"`,
    ).ended;
    expect([stdout, stderr]).toEqual(['x\nx\nx\ncodes 0\n', '']);
  });

  it.each<[string, (exchange: Exchange) => void, string[], number, RegExp]>([
    [
      'a 403 response',
      exchange => exchange.refuse(403, {}, 'Not you.\nGo away.'),
      [],
      3,
      /status 200, but got 403.*\n {2}Not you\.$/,
    ],
    ['another content type', exchange => exchange.open({ 'content-type': 'text/html' }), [], 3, /text\/html/],
    ['a 503 response without retries', exchange => exchange.refuse(503), ['--max-retries', '0'], 4, /503/],
    [
      'a lost connection without retries',
      exchange => exchange.cut(),
      ['--max-retries', '0'],
      4,
      /\((other side closed|read ECONNRESET)\)/,
    ],
  ])('ends with an exit code and a reason for %s', async (_what, answerBy, args, code, reason) => {
    respondWith(answerBy);
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^rx-sse: /);
    expect(ended.stderr.trim()).toMatch(reason);
  });

  it.each<[string[], RegExp]>([
    [[], /^Prints|rx-sse \[options\] URL/],
    [['--jsn', 'http://a.test'], /Unknown option '--jsn'/],
    [['http://a.test', 'more'], /Unexpected argument 'more'/],
    [['--count', '2'], /An argument is missing/],
    [['--count', 'two', 'http://a.test'], /--count, 1 or more, but got 'two'/],
    [['--for', 'soon', 'http://a.test'], /a time for --for.*'soon'/],
    [['-H', 'nothing', 'http://a.test'], /Expected a header/],
    [['--json', '--data', 'http://a.test'], /only one of --json and --data/],
    [['ftp://a.test'], /Expected an http or https URL, but got 'ftp:\/\/a.test'/],
    [['doctor'], /An argument is missing[^]*rx-sse doctor/],
    [['http://ada:secret@a.test'], /without credentials/],
    [['-X', 'GET', '-d', 'x', 'http://a.test'], /A GET request can't have a body/],
    [['-H', 'X: 日', 'http://a.test'], /Expected a header/],
    [['--last-event-id', 'a\nb', 'http://a.test'], /an id without line ends/],
    [['serve', '--speed', '-1', 'a'], /speed/],
  ])('rejects the arguments %p', async (args, reason) => {
    const { code, stdout, stderr } = await command.start(args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });

  it.each<[string[], RegExp]>([
    [['-d', '@/not/there', 'http://a.test'], /Can't read the body/],
    [['--state', '/not/there/state', '--count', '1'], /Can't write the position/],
    [['record', 'http://a.test', '/not/there/file'], /Can't write the recording/],
    [['serve', '/not/there'], /Can't read the recording/],
  ])('reports a file that it can’t use: %p', async (args, reason) => {
    const { code, stderr } = await command.start(args.includes('--state') ? [...args, server.origin] : args).ended;
    expect(code).toBe(7);
    expect(stderr).toMatch(reason);
  });

  it('prints its version, and a help text that names all commands, with lines that aren’t too long', async () => {
    expect(await command.start(['--version']).ended).toMatchObject({ code: 0, stdout: `${PACKAGE.version}\n` });
    const { code, stdout } = await command.start(['record', '--help']).ended;
    expect(code).toBe(0);
    for (const word of ['rx-sse doctor', 'rx-sse record', 'rx-sse serve', '--state FILE', '--cut-every N', '130']) {
      expect(stdout).toContain(word);
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(130);
  });

  describe('on a terminal', () => {
    it('prints colors, and a line with the state of the connection', async () => {
      const running = command.terminal([server.origin]);
      await running.hasPrinted('lines');
      await running.hasPrinted('3 events');
      const { process } = running;
      process.kill('SIGTERM');
      const { stdout } = await running.ended;
      expect(stdout).toContain('\x1b[2mid:\x1b[0m \x1b[36m1\x1b[0m');
      expect(stdout).toContain('\r\x1b[2K\x1b[32m●\x1b[0m \x1b[2mopen · 3 events');
      expect(stdout).toContain('id 3');
    });

    it('counts down to the next attempt', async () => {
      respondWith(exchange => exchange.refuse(503, { 'retry-after': '3' }));
      const running = command.terminal([server.origin]);
      for (const seconds of [3, 2, 1]) await running.hasPrinted(`waiting ${seconds} s`);
      await expect(running.hasPrinted('status 503')).resolves.toBeUndefined();
    });

    it.each<[string, string[], Record<string, string>, RegExp]>([
      ['no color with NO_COLOR', [], { NO_COLOR: '1' }, /\x1b\[\d*m/],
      ['no color with TERM=dumb', [], { TERM: 'dumb' }, /\x1b\[\d*m/],
      ['no status line with --quiet', ['--quiet'], {}, /●/],
    ])('prints %s', async (_what, args, env, unwanted) => {
      const { stdout } = await command.terminal(['--count', '3', ...args, server.origin], 80, env).ended;
      expect(stdout).not.toMatch(unwanted);
      expect(stdout).toContain('lines');
    });

    it('makes control characters visible, but keeps them if the output is piped', async () => {
      respondWith(exchange => exchange.open().send('id: 1\ndata: a\x1b]0;title\x07b\x1b[2J\tc\n\n'));
      const args = ['--quiet', '--data', '--count', '1', server.origin];
      expect((await command.terminal(args).ended).stdout).toBe('a·]0;title·b·[2J\tc\r\n');
      expect((await command.start(args).ended).stdout).toBe('a\x1b]0;title\x07b\x1b[2J\tc\n');
    });

    it('keeps the status line within the width of a narrow one', async () => {
      const running = command.terminal([server.origin], 20);
      await running.hasPrinted('open · 3 events');
      running.process.kill('SIGTERM');
      const { stdout } = await running.ended;
      const plain = stdout.replace(/\x1b\[\d*(;\d+)*m/g, '');
      for (const [line = ''] of plain.matchAll(/[●◌○][^\r\n\x1b]*/g)) expect(line.length).toBeLessThanOrEqual(20);
    });
  });
});
