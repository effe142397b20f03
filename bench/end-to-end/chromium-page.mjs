// The clients for Chromium, and the pages that measure them.
import { readdir, readFile } from 'node:fs/promises';
import { launchChromium, recordPage, recordPageHeap } from '../lib/chromium.mjs';
import { NAIVE_TITLE } from './openers.mjs';

export const OURS = 'rx-sse';
export const NAIVE = 'naive';
export const BROWSER = 'EventSource';
export const TITLES = {
  [BROWSER]: 'the browser’s own EventSource',
  [OURS]: OURS,
  [NAIVE]: NAIVE_TITLE,
  'fetch-event-source': '@microsoft/fetch-event-source',
  bare: 'a bare fetch reader, which counts bytes',
};
export const CLIENTS = Object.keys(TITLES);
export const CHUNKS = {
  bulk: 'HTTP chunks of 64 kB',
  event: 'one HTTP chunk per event',
};

/**
 * Returns the number of events for a client. The browser's own client and a page that works on each event are slow, so
 * they get a tenth.
 */
export const share = (client, count, work = 0) => (client === BROWSER || work > 0 ? count / 10 : count);
/** Returns all samples of one figure of a client. */
export const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);

/**
 * Opens a page with all clients, in its own context and process.
 *
 * @param {string} origin
 * @param {string} bundle
 * @param {import('playwright-core').Browser} [shared] A browser that stays open when the page closes. By default, the
 * page has its own.
 */
export async function openPage(origin, bundle, shared) {
  const browser = shared ?? (await launchChromium());
  // The certificate of the specs is self-signed.
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${origin}/page`);
  await page.addScriptTag({ content: bundle });
  const session = await browser.newBrowserCDPSession();
  const processes = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
  const pageProcess = await findProcess(page, processes);
  const call = (name, ...args) =>
    page.evaluate(([name, args]) => globalThis.bench[name](...args), /** @type {const} */ ([name, args]));
  return {
    browser,
    version: browser.version(),
    /** Calls a function of the page. */
    call,
    close: () => (shared ? context.close() : browser.close()),
    /** Profiles the main thread: one run with `once`, otherwise enough runs for a profile. */
    profile: async (work, { once = false } = {}) => recordPage(await context.newCDPSession(page), work, once),
    /** Profiles the memory that is allocated meanwhile and still reachable. */
    heapProfile: async work => recordPageHeap(await context.newCDPSession(page), work),
    /** Returns the CPU time of all processes of the browser during `work`, in seconds. */
    cpuTime: async work => {
      const before = await cpuTimes(await processes());
      await work();
      const after = await cpuTimes(await processes());
      return [...after].reduce((sum, [id, time]) => sum + time - (before.get(id) ?? 0), 0);
    },
    /** Returns a memory figure of the page's process in kB, if the system provides it. */
    memory: async name => {
      const status = await readFile(`/proc/${pageProcess}/status`, 'utf8').catch(() => '');
      return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
    },
    /** Returns the memory that scripts can reach, in kB. */
    heap: async () => {
      const pageSession = await context.newCDPSession(page);
      await pageSession.send('HeapProfiler.collectGarbage');
      await pageSession.send('HeapProfiler.collectGarbage');
      return (await pageSession.send('Runtime.getHeapUsage')).usedSize / 1024;
    },
  };
}

/**
 * Finds the process of a page. A browser has its own renderers too: the page's process is the one that is busy when the
 * page is.
 */
async function findProcess(page, processes) {
  const before = new Map((await processes()).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    for (const end = performance.now() + 200; performance.now() < end;);
  });
  const spent = ({ id, cpuTime }) => cpuTime - (before.get(id) ?? 0);
  const renderers = (await processes()).filter(({ type }) => type === 'renderer');
  return renderers.sort((a, b) => spent(b) - spent(a))[0].id;
}

/**
 * Returns the CPU time so far in seconds: per thread if the system provides it, otherwise per process, in steps of 10
 * ms.
 */
async function cpuTimes(processes) {
  const times = new Map();
  for (const { id, cpuTime } of processes) {
    const folder = `/proc/${id}/task`;
    const threads = await readdir(folder).catch(() => []);
    const found = await Promise.all(
      threads.map(thread => readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '')),
    );
    if (found.some(Boolean))
      threads.forEach((thread, i) => times.set(thread, Number.parseInt(found[i] || '0', 10) / 1e9));
    else times.set(`process ${id}`, cpuTime);
  }
  return times;
}

/**
 * Returns the runner of a contestant for a page. @param {(page: Awaited<ReturnType<typeof openPage>>) => Promise<any>}
 * sample
 */
export const runnerOf = (page, sample) => ({
  ready: {},
  sample: () => sample(page),
  profile: () => page.profile(() => sample(page)),
  close: page.close,
});
