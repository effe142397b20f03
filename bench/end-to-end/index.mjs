// Clients beside each other over loopback, in Node and in Chromium, against a server in another process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../lib/chromium.mjs';
import { runInChromium } from './chromium.mjs';
import { runInNode } from './node.mjs';

/** @param {{ quick?: boolean }} options @returns {Promise<import('../lib/table.mjs').Table[]>} */
export async function run({ quick = false } = {}) {
  const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)));
  try {
    const [{ port }] = await once(server, 'message');
    const origin = `http://127.0.0.1:${port}`;
    const tables = await runInNode(origin, { quick });
    if (findChromium()) tables.push(...(await runInChromium(origin, { quick })));
    return tables;
  } finally {
    if (server.connected) server.disconnect();
  }
}
