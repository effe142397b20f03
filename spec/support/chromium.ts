import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The executable of a Chromium: what CHROME_PATH names, or one on the PATH. */
export function findChromium({ CHROME_PATH, PATH = '' } = process.env): string {
  const candidates = CHROME_PATH
    ? [CHROME_PATH]
    : PATH.split(delimiter).flatMap(folder => NAMES.map(name => join(folder, name)));
  const found = candidates.find(existsSync);
  if (found === undefined) {
    throw new Error(
      CHROME_PATH
        ? `Expected an executable of Chromium at CHROME_PATH, but there is no ${CHROME_PATH}`
        : 'Expected a Chromium on the PATH, but found none: install one (on Debian: apt-get install chromium), or set CHROME_PATH to its executable',
    );
  }
  return found;
}

/** Starts one, without a window, that talks to loopback only. */
export function launchChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}
