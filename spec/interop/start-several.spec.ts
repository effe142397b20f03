import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';

/** Returns the command lines of the processes that have this text in their environment. */
function processesWith(marker: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(id => {
      try {
        const [environment, command] = ['environ', 'cmdline'].map(file => readFileSync(`/proc/${id}/${file}`, 'utf8'));
        return environment?.includes(marker) ? [command?.replaceAll('\0', ' ') ?? ''] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** Runs `npm run start:several` from the sources, with these options, and returns how it ended. */
async function startSeveral(args: readonly string[], { interruptAt }: { interruptAt?: RegExp } = {}) {
  const marker = randomUUID();
  const program = spawn(process.execPath, ['--import', 'tsx', 'examples/chat/several/start.ts', ...args], {
    env: { ...process.env, START_SEVERAL_SPEC: marker },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (interruptAt) createInterface(program.stdout).on('line', line => interruptAt.test(line) && program.kill('SIGINT'));
  const [stdout, stderr, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, ended: { code, stderr, left: processesWith(marker) } };
}

const CLEANLY = { code: 0, stderr: '', left: [] };

describe('start:several', () => {
  // The server is killed at half of the time, stays away for 2 s, and needs about a second to start.
  it.each([
    ['away', '3'],
    ['starting', '5'],
    ['back', '9'],
  ])('ends while the killed server is %s, and leaves no process behind', async (_when, seconds) => {
    const { stdout, ended } = await startSeveral(['--for', seconds]);
    expect(ended).toEqual(CLEANLY);
    expect(stdout).toMatch(/^✂ the server on port \d+ was killed$/m);
    expect(stdout).toMatch(/all in order: no gap, no double\. Reconnected 1 ×/);
  });

  it('ends at Ctrl-C while the killed server is away, and leaves no process behind', async () => {
    const { ended } = await startSeveral(['--kill-every', '1'], { interruptAt: /^✂/ });
    expect(ended).toEqual(CLEANLY);
  });
});
