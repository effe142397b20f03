import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { recordHeapThrough, recordThrough } from './profile.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Returns the executable of a Chromium, from CHROME_PATH or the PATH; `undefined` if there is none. */
export function findChromium({ CHROME_PATH, PATH = '' } = process.env) {
  const candidates = CHROME_PATH
    ? [CHROME_PATH]
    : PATH.split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)));
  return candidates.find(existsSync);
}

/** Starts Chromium without a window. @param {string[]} args */
export function launchChromium(...args) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('Expected a Chromium on the PATH, or CHROME_PATH to name one');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      ...args,
    ],
  });
}

/**
 * Records the CPU profile of a page's main thread during `work`, which runs over and over, or once.
 *
 * @param {import('playwright-core').CDPSession} session
 * @param {() => Promise<unknown>} work
 */
export function recordPage(session, work, once = false) {
  return recordThrough((method, params) => session.send(method, params), work, once);
}

/**
 * Records the memory that a page allocates during `work` and still keeps. @param {import('playwright-core').CDPSession}
 * session
 */
export function recordPageHeap(session, work) {
  return recordHeapThrough((method, params) => session.send(method, params), work);
}
