import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromEventSource, fromEventSourceLifecycle } from '../src/index.js';
import { observe, ofKind, unobserve } from './support/observe.js';
import { SseServer } from './support/sse-server.js';
import { until } from './support/until.js';

/** Starts Vite with the configuration in docs/local-development.md, for a server at this origin. */
async function startVite(origin: string): Promise<{ origin: string; stop: () => Promise<void> }> {
  const [, code = ''] = /^(export default \{[^]*?^\};)$/m.exec(readFileSync('docs/local-development.md', 'utf8')) ?? [];
  expect(code).toContain('http://localhost:3000');
  const folder = mkdtempSync(join(tmpdir(), 'rx-sse-vite-'));
  const config = join(folder, 'vite.config.mjs');
  writeFileSync(config, code.replace('http://localhost:3000', origin));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  const vite = spawn(process.execPath, ['node_modules/vite/bin/vite.js', folder, '-c', config, '--host', '127.0.0.1'], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let said = '';
  vite.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  vite.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
  await until(() => address() !== '' || vite.exitCode !== null);
  expect(said).toContain('http://127.0.0.1');
  return {
    origin: address(),
    stop: async () => {
      vite.kill();
      if (vite.exitCode === null && vite.signalCode === null) await once(vite, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

describe('a stream through the proxy of Vite, as configured in docs/local-development.md', () => {
  let server: SseServer;
  let vite: Awaited<ReturnType<typeof startVite>>;
  beforeEach(async () => {
    server = await SseServer.start();
    vite = await startVite(new URL(server.url).origin);
  });
  afterEach(async () => {
    unobserve();
    await vite.stop();
    await server.close();
  });

  it('emits events one by one, resumes after an end, and closes the connection at the server when unsubscribed', async () => {
    const stream = observe(fromEventSource(`${vite.origin}/chat/stream`, { reconnect: { delay: 0 } }));
    const first = (await server.exchange(0)).open().send('id: 1\ndata: a\n\n');
    expect(await stream.first(1)).toMatchObject([{ data: 'a' }]);
    first.send('id: 2\ndata: b\n\n');
    expect(await stream.first(2)).toMatchObject([{ data: 'a' }, { data: 'b' }]);
    first.end();
    const second = (await server.exchange(1)).open().send('id: 3\ndata: c\n\n');
    expect(second.lastEventId).toBe('2');
    await stream.first(3);
    stream.subscription.unsubscribe();
    await second.gone();
  });

  it('stays open when the connection to the server is cut, and is renewed because heartbeats are missing', async () => {
    const stream = observe(
      fromEventSourceLifecycle(`${vite.origin}/chat/stream`, { reconnect: { delay: 0 }, idleTimeout: 300 }),
    );
    const first = (await server.exchange(0)).open().send('id: 1\ndata: a\n\n');
    await stream.find(ofKind('event'));
    first.cut();
    expect((await server.exchange(1)).lastEventId).toBe('1');
    expect(await stream.find(ofKind('waiting'))).toMatchObject({ error: { name: 'EventSourceTimeoutError' } });
  });
});
