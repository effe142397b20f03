import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const run = (port: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'examples/playground/start.ts', `--port=${port}`], {
    encoding: 'utf8',
    timeout: 60_000,
  });

describe('the playground’s --port', () => {
  it.each([
    ['x', 'x'],
    ['', 'nothing'],
    ['-1', '-1'],
    ['65536', '65536'],
    ['80.5', '80.5'],
  ])('must be a whole number, not “%s”', (given, shown) => {
    const { status, stdout, stderr } = run(given);
    expect(stderr).toBe(`Expected --port to be a whole number from 0 to 65535, but got ${shown}\n`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });
});
