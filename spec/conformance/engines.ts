import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { application, type EngineRun, type Report } from './application.js';
import { BROWSERS } from './browsers.js';

const run = promisify(execFile);

/** Returns the path of a file that `spec/conformance/engines` installs. */
export const installed = (path: string) => join(import.meta.dirname, 'engines/node_modules', path);

/** An engine with a command line. It receives the driver, the origin of the server, the seed and the transport. */
const commandLine = (
  name: string,
  command: string,
  args: readonly string[] = [],
  transport = 'fetch',
  driver = 'process.mjs',
): EngineRun => ({
  name,
  async run(origin, seed) {
    const { stdout } = await run(command, [...args, driver, origin, `${seed}`, transport], {
      cwd: application(),
      maxBuffer: 2 ** 24,
    });
    return JSON.parse(stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1)) as Report;
  },
});

/** Starts a server, and requests the results from its worker. It behaves as it did at its compatibility date. */
const workerd = (name: string, compatibilityDate: string): EngineRun => ({
  name,
  async run(origin, seed) {
    const config = `workerd-${compatibilityDate}.capnp`;
    const template = await readFile(join(application(), 'workerd.capnp'), 'utf8');
    await writeFile(join(application(), config), template.replace('COMPATIBILITY_DATE', compatibilityDate));
    const server = spawn(installed('@cloudflare/workerd-linux-64/bin/workerd'), ['serve', config, '--control-fd=1'], {
      cwd: application(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(server, 'exit');
    let said = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      for await (const line of createInterface(server.stdout)) {
        const { port } = JSON.parse(line) as { port: number };
        const response = await fetch(
          `http://127.0.0.1:${port}/?${new URLSearchParams({ origin, seed: `${seed}` }).toString()}`,
        );
        return (await response.json()) as Report;
      }
      throw new Error(`Expected workerd to listen, but it said: ${said}`);
    } finally {
      server.kill();
      await exited;
    }
  },
});

const node = (version: number) => installed(`node${version}/bin/node`);

export const ENGINES: readonly EngineRun[] = [
  ...[20, 22, 24, 26].map(version => commandLine(`Node ${version}`, node(version))),
  ...['cross-fetch', 'node-fetch', 'undici'].map(transport =>
    commandLine(`Node 20, ${transport}`, node(20), [], transport),
  ),
  commandLine('Deno', installed('@deno/linux-x64-glibc/deno'), ['run', '--allow-all', '--no-lock']),
  workerd('workerd', '2026-03-10'),
  workerd('workerd, as of 2024-11-01', '2024-11-01'),
  commandLine('Bun', installed('@oven/bun-linux-x64/bin/bun'), ['run']),
  commandLine('React Native’s shape', node(20), [], 'expo/fetch', 'react-native.mjs'),
  ...BROWSERS,
];
