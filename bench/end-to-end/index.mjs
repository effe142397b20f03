// Compares clients over loopback, in Node and in Chromium, with a server in another process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { measurementsInChromium } from './chromium.mjs';
import { measurementsInNode } from './node.mjs';

/**
 * The measurements of a quick run: ratios of CPU time. CI can't fail by the others, which are absolute or use the
 * clock.
 */
const QUICK = ['bulk', 'event'];

/**
 * @param {object} options
 * @param {boolean} options.quick
 * @param {boolean} [options.inChromium]
 * @param {string[]} [options.only] The measurements.
 * @param {(line: string) => void} [options.report]
 * @returns {Promise<import('../lib/table.mjs').Table[]>}
 */
export async function run({ quick, inChromium = false, only, report = () => {} }) {
  const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)));
  try {
    const [{ port, securePort }] = await once(server, 'message');
    const origin = `http://127.0.0.1:${port}`;
    const measurements = inChromium
      ? await measurementsInChromium({ origin, securePort, quick })
      : measurementsInNode(origin, quick);
    const tables = [];
    for (const name of only ?? (quick ? QUICK : Object.keys(measurements))) {
      report(name);
      tables.push(await measurements[name](name));
    }
    return tables;
  } finally {
    if (server.connected) server.disconnect();
  }
}
