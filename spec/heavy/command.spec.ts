import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useCommand } from '../cli/command.js';
import { PublishedStream } from '../support/published-stream.js';
import { Random } from '../support/random.js';
import { until } from '../support/until.js';

const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
/** `npm run check:package` kills the packed command a hundred times. Here, events come much faster. */
const RESTARTS = 25;

describe('rx-sse --state', () => {
  const command = useCommand();

  it(`killed ${RESTARTS} times under load, prints every event and repeats only those cut off by a kill (SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const folder = await mkdtemp(join(tmpdir(), 'rx-sse-state-'));
    const stream = await PublishedStream.start({});
    const output = join(folder, 'output');
    const file = await open(output, 'a');
    const publishing = setInterval(() => stream.publish(random.between(1, 40)), 5);
    const printed = (from: number, to?: number) =>
      readFileSync(output, 'utf8').slice(from, to).split('\n').slice(0, -1).map(Number);
    const size = () => statSync(output).size;
    const state = join(folder, 'state');
    const position = () => (existsSync(state) ? readFileSync(state, 'utf8') : '');
    const start = (): ChildProcess => {
      const args = [command.file(), '--data', '--state', state, `${stream.server.origin}/stream`];
      return spawn(process.execPath, args, { stdio: ['ignore', file.fd, 'inherit'] });
    };
    /** The size of the output at the start of each run. */
    const seams: number[] = [];
    try {
      for (let restart = 0; restart < RESTARTS; restart++) {
        seams.push(size());
        const child = start();
        // Kills at a random moment: during startup, while printing, or after the last event ID was stored.
        const [enough, before] = [size() + random.between(0, 2000), position()];
        if (random.chance(0.5)) await until(() => size() >= enough);
        else await until(() => position() !== before);
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      clearInterval(publishing);
      seams.push(size());
      const last = start();
      await until(() => printed(-20).at(-1) === stream.published);
      last.kill('SIGTERM');
      await once(last, 'exit');
    } finally {
      clearInterval(publishing);
      await file.close();
      await stream.close();
    }

    let [last, again] = [0, 0];
    const holes = seams.flatMap((from, run) => {
      // A kill may truncate the last line.
      const numbers = printed(from, seams[run + 1]);
      const [first] = numbers;
      if (first === undefined) return [];
      const faults = numbers.flatMap((number, index) => (number === first + index ? [] : [`${number} in run ${run}`]));
      if (first > last + 1) faults.push(`${first} behind ${last} in run ${run}`);
      // Events that were printed but not stored before the kill are printed again.
      again += last + 1 - first;
      last = Math.max(last, numbers.at(-1) ?? 0);
      return faults;
    });
    await rm(folder, { recursive: true });
    console.log(
      `rx-sse --state, SEED=${SEED}: ${RESTARTS} kills, ${stream.published} events, ${again} of them printed again, ${stream.server.exchanges.length} connections`,
    );
    expect(holes).toEqual([]);
    expect(last).toBe(stream.published);
  });
});
