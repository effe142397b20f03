import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findChromium } from './chromium.js';

describe('findChromium', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'find-chromium-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Creates an executable with that name in a folder of its own, and returns the paths of both. */
  const install = (name: string, place: string) => {
    const path = join(folder, place);
    mkdirSync(path, { recursive: true });
    const executable = join(path, name);
    writeFileSync(executable, '', { mode: 0o755 });
    return { path, executable };
  };

  it('returns the executable that CHROME_PATH names, even if another one is on the PATH', () => {
    const { path } = install('chromium', 'bin');
    const { executable } = install('my-chrome', 'own');
    expect(findChromium({ CHROME_PATH: executable, PATH: path })).toBe(executable);
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])('finds %s on the PATH', name => {
    const { path, executable } = install(name, 'bin');
    expect(findChromium({ PATH: [join(folder, 'none'), path].join(delimiter) })).toBe(executable);
  });

  it('returns the executable in the first matching folder of the PATH, and ignores an empty CHROME_PATH', () => {
    const first = install('google-chrome', 'first');
    const second = install('chromium', 'second');
    const PATH = [first.path, second.path].join(delimiter);
    expect(findChromium({ CHROME_PATH: '', PATH })).toBe(first.executable);
  });

  it('reads `process.env` by default', () => {
    const { CHROME_PATH } = process.env;
    process.env['CHROME_PATH'] = install('chromium', 'bin').executable;
    try {
      expect(findChromium()).toBe(join(folder, 'bin', 'chromium'));
    } finally {
      if (CHROME_PATH === undefined) delete process.env['CHROME_PATH'];
      else process.env['CHROME_PATH'] = CHROME_PATH;
    }
  });

  it('throws an error that says what was expected, if CHROME_PATH names a missing file', () => {
    const CHROME_PATH = join(folder, 'none');
    const { path } = install('chromium', 'bin');
    expect(() => findChromium({ CHROME_PATH, PATH: path })).toThrow(
      `Expected an executable of Chromium at CHROME_PATH, but there is no ${CHROME_PATH}`,
    );
  });

  it.each([{ PATH: '/nowhere' }, {}])(
    'throws an error that says how to install a browser, if the PATH has none: %o',
    environment => {
      expect(() => findChromium(environment)).toThrow(
        /^Expected a Chromium on the PATH, but found none: install one .*apt-get install chromium.*, or set CHROME_PATH/,
      );
    },
  );
});
