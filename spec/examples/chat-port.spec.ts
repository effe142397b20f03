import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { freePort } from '../../examples/chat/several/free-port.js';
import { Program } from '../../examples/chat/several/program.js';

const root = join(import.meta.dirname, '../..');
// Inside the repository, so that it can resolve the packages.
const file = join(root, 'node_modules/.cache/rx-sse-chat', `start-${process.pid}-${Date.now()}.mjs`);

/** Builds `examples/chat/start.ts` as one file, from the sources. It serves the page unchanged, because bundling it needs a built package. */
beforeAll(() =>
  build({
    entryPoints: [join(root, 'examples/chat/start.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['rxjs', 'cross-fetch', 'redis'],
    plugins: [
      {
        name: 'page',
        setup: bundler =>
          bundler.onLoad({ filter: /chat[\\/]build-page\.ts$/ }, () => ({
            contents: `export const buildPage = () => ${JSON.stringify(join(root, 'examples/chat/page'))};`,
          })),
      },
    ],
  }),
);
afterAll(() => rm(file, { force: true }));

const running = new Set<Program>();
const folders: string[] = [];
afterEach(async () => {
  await Promise.all([...running].map(program => program.end()));
  running.clear();
  await Promise.all(folders.splice(0).map(folder => rm(folder, { recursive: true })));
});

/** Starts the chat, and returns the origin that it prints. */
async function start(env: Record<string, string>, ...args: string[]): Promise<string | undefined> {
  const data = await mkdtemp(join(tmpdir(), 'chat-port-spec-'));
  folders.push(data);
  const program = await Program.start({
    executable: process.execPath,
    args: [file, '--data', data, ...args],
    env,
    ready: /^The chat is at /,
  });
  running.add(program);
  return /(http:\S+)\/,/.exec(program.greeting)?.[1];
}

/** Runs the chat with settings that prevent its start, and returns its exit code and its output. */
const failed = (env: Record<string, string>, ...args: string[]) =>
  new Promise(resolve =>
    execFile(
      process.execPath,
      [file, ...args],
      { env: { ...process.env, ...env }, timeout: 20_000 },
      (error, stdout, stderr) => resolve({ code: error?.code, stdout, stderr }),
    ),
  );

describe('the port of the chat', () => {
  it('is PORT', async () => {
    const port = await freePort();
    const origin = await start({ PORT: String(port) });
    expect(origin).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${origin}/chat/messages`)).status).toBe(200);
  });

  it('is --port if both are set', async () => {
    const [port, other] = [await freePort(), await freePort()];
    expect(await start({ PORT: String(other) }, '--port', String(port))).toBe(`http://127.0.0.1:${port}`);
  });

  it('is --port if PORT is not a port', async () => {
    const port = await freePort();
    expect(await start({ PORT: 'http' }, '--port', String(port))).toBe(`http://127.0.0.1:${port}`);
  });

  it.each(['http', '0', '65536', '80.5', '-1', ''])('must be valid: PORT=%s is refused', async port => {
    expect(await failed({ PORT: port })).toEqual({
      code: 1,
      stdout: '',
      stderr: `Expected PORT to be a whole number from 1 to 65535, but got ${port || 'nothing'}\n`,
    });
  });

  it('must be valid: --port http is refused, and the message names --port', async () => {
    expect(await failed({ PORT: '8080' }, '--port', 'http')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Expected --port to be a whole number from 1 to 65535, but got http\n',
    });
  });
});
