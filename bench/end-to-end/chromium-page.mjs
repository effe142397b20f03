// The clients that are measured in Chromium, and the pages that they are measured in.
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

/** The browser's own takes so long that it is given a tenth of the events. So is a page that works on each. */
export const share = (client, count, work = 0) => (client === BROWSER || work > 0 ? count / 10 : count);
/** What was measured of a client, by the name of the figure. */
export const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);

/**
 * A page that has all of the clients, in a context of its own, and thus in a process of its own.
 *
 * @param {string} origin
 * @param {string} bundle
 * @param {import('playwright-core').Browser} [shared] A browser that stays open when the page is closed; otherwise the page has one of its own.
 */
export async function openPage(origin, bundle, shared) {
  const browser = shared ?? (await launchChromium());
  // The certificate is that of the specs, which no authority has signed.
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
    /** A profile of its main thread; of one run only, or of as many as say more. */
    profile: async (work, { once = false } = {}) => recordPage(await context.newCDPSession(page), work, once),
    /** What it asks for meanwhile and still keeps. */
    heapProfile: async work => recordPageHeap(await context.newCDPSession(page), work),
    /** The seconds of CPU time that all processes of the browser have while work is done. */
    cpuTime: async work => {
      const before = await cpuTimes(await processes());
      await work();
      const after = await cpuTimes(await processes());
      return [...after].reduce((sum, [id, time]) => sum + time - (before.get(id) ?? 0), 0);
    },
    /** A figure of the page's process, in kB, where the system tells. */
    memory: async name => {
      const status = await readFile(`/proc/${pageProcess}/status`, 'utf8').catch(() => '');
      return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
    },
    /** What is reachable for its scripts, in kB. */
    heap: async () => {
      const pageSession = await context.newCDPSession(page);
      await pageSession.send('HeapProfiler.collectGarbage');
      await pageSession.send('HeapProfiler.collectGarbage');
      return (await pageSession.send('Runtime.getHeapUsage')).usedSize / 1024;
    },
  };
}

/** The process of a page. A browser has renderers of its own, too: the page's is the one that is busy when the page is. */
async function findProcess(page, processes) {
  const before = new Map((await processes()).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    for (const end = performance.now() + 200; performance.now() < end;);
  });
  const spent = ({ id, cpuTime }) => cpuTime - (before.get(id) ?? 0);
  const renderers = (await processes()).filter(({ type }) => type === 'renderer');
  return renderers.sort((a, b) => spent(b) - spent(a))[0].id;
}

/** The seconds of CPU time so far: by thread, where the system tells that; otherwise by process, in steps of 10 ms. */
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

/** A page for one contestant, which gives samples. @param {(page: Awaited<ReturnType<typeof openPage>>) => Promise<any>} sample */
export const runnerOf = (page, sample) => ({
  ready: {},
  sample: () => sample(page),
  profile: () => page.profile(() => sample(page)),
  close: page.close,
});
