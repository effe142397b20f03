import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { application } from './application.js';
import { installed } from './engines.js';
import { type Registry, startRegistry } from './registry.js';

const run = promisify(execFile);

/** The exit code and output of a command, even if it fails. */
interface Output {
  readonly code: number;
  readonly text: string;
}

describe('the packed package', () => {
  const EVENT = '{"data":"a","lastEventId":"1"}';
  let server: SseServer;
  let folder: string;
  let environment: Record<string, string | undefined>;
  beforeAll(async () => {
    server = await SseServer.start(exchange => void exchange.open().send('id: 1\ndata: a\n\n').send('data: b\n\n'));
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rx-sse-package-'));
    environment = { ...process.env, STREAM: server.url, NO_COLOR: '1' };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function output(command: string, ...args: string[]): Promise<Output> {
    try {
      const { stdout, stderr } = await run(command, args, { cwd: folder, env: environment });
      return { code: 0, text: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, text: stdout + stderr };
    }
  }

  describe('in Deno', () => {
    let registry: Registry;
    beforeAll(async () => {
      registry = await startRegistry(join(application(), 'node_modules/rx-sse'));
    });
    afterAll(() => registry.close());
    beforeEach(async () => {
      await cp(join(import.meta.dirname, 'packages/deno'), folder, { recursive: true });
      const imports = {
        rxjs: 'npm:rxjs@^7.8.0',
        'rx-sse': `npm:rx-sse@${registry.version}`,
        'rx-sse/': `npm:/rx-sse@${registry.version}/`,
      };
      await writeFile(join(folder, 'deno.json'), JSON.stringify({ imports }));
      Object.assign(environment, { NPM_CONFIG_REGISTRY: registry.url, DENO_DIR: join(folder, 'cache') });
    });
    const deno = (...args: string[]) => output(installed('@deno/linux-x64-glibc/deno'), ...args);

    it('resolves by `npm:`, has types, and runs', async () => {
      expect(await deno('check', 'main.ts')).toMatchObject({ code: 0 });
      const { code, text } = await deno('run', '--allow-net', '--quiet', 'main.ts', server.url);
      expect([code, text.trim().split('\n')]).toEqual([0, [EVENT, 'parsed']]);
    });

    it('has correct types: `deno check` rejects a wrong option and a wrong property', async () => {
      const { code, text } = await deno('check', 'wrong.ts');
      expect(code).not.toBe(0);
      expect(text).toContain("Type 'string' is not assignable to type 'number'");
      expect(text).toContain("Property 'payload' does not exist on type 'ServerSentEvent<");
    });

    it('leaks nothing, according to the sanitizers of `deno test`', async () => {
      const args = ['test', '--allow-net', '--allow-env', 'streams.test.ts'];
      const sound = await deno(...args);
      expect([sound.code, sound.text]).toEqual([0, expect.stringContaining('2 passed | 0 failed')]);
      environment['LEAK'] = '1';
      const leaking = await deno(...args);
      expect([leaking.code, leaking.text]).toEqual([1, expect.stringContaining('Leaks detected')]);
    });
  });

  describe('in Bun', () => {
    const bun = (...args: string[]) => output(installed('@oven/bun-linux-x64/bin/bun'), ...args);
    beforeEach(async () => {
      await cp(join(import.meta.dirname, 'packages/bun'), folder, { recursive: true });
      const packed = join(application(), 'node_modules/rx-sse');
      const [tarball = ''] = (await readdir(packed)).filter(name => name.endsWith('.tgz'));
      await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
      const { code, text } = await bun('add', join(packed, tarball), 'rxjs@7');
      if (code !== 0) throw new Error(text);
    });

    it('installs from the tarball, and runs', async () => {
      expect(await bun('run', 'main.ts', server.url)).toEqual({ code: 0, text: `${EVENT}\n` });
    });

    it.each(['bun', 'node', 'browser'])('can be bundled for the target %s, and the bundle runs', async target => {
      expect(await bun('build', 'main.ts', '--target', target, '--outfile', 'bundle.js')).toMatchObject({ code: 0 });
      // The fallback for Node without `fetch` isn't part of a page.
      expect((await readFile(join(folder, 'bundle.js'), 'utf8')).includes('cross-fetch')).toBe(target !== 'browser');
      expect(await bun('run', 'bundle.js', server.url)).toEqual({ code: 0, text: `${EVENT}\n` });
    });

    it('works in `bun test`', async () => {
      const { code, text } = await bun('test');
      expect([code, text]).toEqual([0, expect.stringContaining('2 pass')]);
    });
  });
});
