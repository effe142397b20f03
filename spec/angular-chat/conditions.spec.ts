import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const EXAMPLE = 'examples/angular-chat';
/** Matches the names of the files that a condition chooses between, in both forms. */
const CHOSEN =
  /rx-sse\/dist\/esm\/(?:angular\/angular-|parsing\/parser-|option-)?(?:checks?|texts)(?:\.production)?\.js$/;

interface Stats {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

/** Returns the chosen files that contribute to the browser's bundle. */
async function chosenFiles(folder: string): Promise<string[]> {
  const { outputs } = JSON.parse(await readFile(join(folder, 'stats.json'), 'utf8')) as Stats;
  return Object.entries(outputs)
    .filter(([output]) => output.endsWith('.js'))
    .flatMap(([, { inputs }]) => Object.entries(inputs))
    .filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && CHOSEN.test(input))
    .map(([input]) => input);
}

describe("the files that Angular's builder takes by condition", () => {
  let development: string;
  beforeAll(async () => {
    development = await mkdtemp(join(tmpdir(), 'angular-chat-'));
    const ng = join('node_modules', '@angular', 'cli', 'bin', 'ng.js');
    const options = ['--configuration', 'development', '--stats-json', '--output-path', development];
    await promisify(execFile)(process.execPath, [ng, 'build', ...options], { cwd: EXAMPLE });
  }, 120_000);
  afterAll(() => rm(development, { recursive: true }));

  it('are for production in a production build', async () => {
    const files = await chosenFiles(join(EXAMPLE, 'dist'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(file => !file.endsWith('.production.js'))).toEqual([]);
  });

  it('are for development in a development build', async () => {
    const files = await chosenFiles(development);
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter(file => file.endsWith('.production.js'))).toEqual([]);
  });
});
