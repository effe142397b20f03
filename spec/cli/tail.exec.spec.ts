import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { folder, respondWith, server, useServedCommand } from './use-served-command.js';

describe('rx-sse', () => {
  const command = useServedCommand();
  const run = (...args: string[]) => command.start([...args, server.origin]).ended;

  describe('--exec', () => {
    it('runs a command for each event, one at a time, with the event on its input', async () => {
      const log = join(folder, 'exec');
      const script = `echo "begin $RX_SSE_TYPE $RX_SSE_ID" >> '${log}'; cat >> '${log}'; echo end >> '${log}'`;
      expect(await run('--data', '--count', '2', '--exec', script)).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await readFile(log, 'utf8')).toBe('begin message 1\na\nend\nbegin price 2\n{"n":2}\nend\n');
    });

    it('stops if the command fails, and receives its event again on the next run', async () => {
      const state = join(folder, 'exec-state');
      const log = join(folder, 'exec-fails');
      const script = `cat >> '${log}'; [ "$RX_SSE_ID" != 2 ] || [ -e '${log}.again' ] || { touch '${log}.again'; exit 9; }`;
      const first = await run('--data', '--state', state, '--exec', script, '--until', 'lines');
      expect(first).toMatchObject({ code: 6, stdout: '' });
      expect(first.stderr).toMatch(/The command failed with code 9 for the event 2/);
      expect(await readFile(state, 'utf8')).toBe('1');
      await run('--data', '--state', state, '--exec', script, '--until', 'lines');
      expect((await readFile(log, 'utf8')).split('\n').filter(line => line === '{"n":2}')).toHaveLength(2);
    });

    /**
     * Sends eight events in one chunk. Returns the exit code, and the content of the state file, or `none` if there is
     * none.
     */
    const stateAfter = async (line: string, output = '') => {
      respondWith(exchange => {
        const from = Number(exchange.lastEventId ?? 0);
        const ids = Array.from({ length: Math.max(0, 8 - from) }, (_, index) => from + index + 1);
        exchange.open().send(ids.map(id => `id: ${id}\ndata: ${id}\n\n`).join(''));
      });
      const state = join(folder, `state-${Math.random()}`);
      const { stdout } = await command.shell(
        `${line.replaceAll('STATE', state)} ${server.origin} ${output}; echo "code $?"; cat '${state}' 2> /dev/null || echo none`,
      ).ended;
      return stdout.trim().split('\n');
    };
    it.each<[string, string, string[]]>([
      ['if the command fails for the first event', `rx-sse --state STATE --exec 'exit 1'`, ['code 6', 'none']],
      [
        'if the command fails for the fourth event',
        `rx-sse --state STATE --exec '[ $RX_SSE_ID -lt 4 ]'`,
        ['code 6', '3'],
      ],
      [
        'if the command fails for the fourth event, the last one with --count',
        `rx-sse --state STATE --count 4 --exec '[ $RX_SSE_ID -lt 4 ]'`,
        ['code 6', '3'],
      ],
      ['if the stream ends after the fourth event', `rx-sse --state STATE --count 4 --exec true`, ['code 0', '4']],
    ])('saves the position of the last event that is done, %s', async (_what, line, expected) => {
      expect(await stateAfter(line)).toEqual(expected);
    });

    it('saves no position for output that could not be written', async () => {
      expect(await stateAfter('rx-sse --state STATE --data', '> /dev/full')).toEqual(['code 7', 'none']);
      expect(await stateAfter('rx-sse --state STATE --data', '| true')).toEqual(['code 0', 'none']);
    });

    it.each<[string, string]>([
      ['while the stream is open', ''],
      ['after the last event was received', '--count 4'],
    ])('stops the command on a signal %s, and doesn’t count its event as done', async (_what, args) => {
      const state = join(folder, `state-signal${args}`);
      respondWith(exchange => exchange.open().send([1, 2, 3, 4, 5].map(id => `id: ${id}\ndata: ${id}\n\n`).join('')));
      const script = 'echo begin $RX_SSE_ID; [ $RX_SSE_ID -lt 3 ] || exec sleep 1000';
      const running = command.start([
        '--state',
        state,
        ...args.split(' ').filter(Boolean),
        '--exec',
        script,
        server.origin,
      ]);
      await running.hasPrinted('begin 3');
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 143, stdout: 'begin 1\nbegin 2\nbegin 3\n', stderr: '' });
      expect(await readFile(state, 'utf8')).toBe('2');
    });

    it('reports an event for which the command can’t be started', async () => {
      respondWith(exchange => exchange.open().send('id: 1\nevent: a\0b\ndata: x\n\n'));
      const { code, stderr } = await run('--exec', 'cat');
      expect(code).toBe(6);
      expect(stderr).toMatch(/^rx-sse: The command failed with ".*null bytes.*" for the event 1: cat\n$/);
    });

    it('stops when the process is stopped', async () => {
      const running = command.start(['--exec', 'echo started; exec sleep 1000', server.origin]);
      await running.hasPrinted('started');
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 143 });
    });
  });
});
