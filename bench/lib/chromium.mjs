import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { recordHeapThrough, recordThrough } from './profile.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The executable of a Chromium: what CHROME_PATH names, or one on the PATH; undefined where there is none. */
export function findChromium({ CHROME_PATH, PATH = '' } = process.env) {
  const candidates = CHROME_PATH
    ? [CHROME_PATH]
    : PATH.split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)));
  return candidates.find(existsSync);
}

/** Starts one, without a window. @param {string[]} args */
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
 * The CPU profile of a page's main thread while `work` is done, over and over, or once.
 *
 * @param {import('playwright-core').CDPSession} session
 * @param {() => Promise<unknown>} work
 */
export function recordPage(session, work, once = false) {
  return recordThrough((method, params) => session.send(method, params), work, once);
}

/** What a page asked for while `work` was done and still keeps. @param {import('playwright-core').CDPSession} session */
export function recordPageHeap(session, work) {
  return recordHeapThrough((method, params) => session.send(method, params), work);
}
