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

  /** Puts an executable of that name into a folder of its own, and answers with the paths of both. */
  const install = (name: string, place: string) => {
    const path = join(folder, place);
    mkdirSync(path, { recursive: true });
    const executable = join(path, name);
    writeFileSync(executable, '', { mode: 0o755 });
    return { path, executable };
  };

  it('takes what CHROME_PATH names, and no other', () => {
    const { path } = install('chromium', 'bin');
    const { executable } = install('my-chrome', 'own');
    expect(findChromium({ CHROME_PATH: executable, PATH: path })).toBe(executable);
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])('finds %s on the PATH', name => {
    const { path, executable } = install(name, 'bin');
    expect(findChromium({ PATH: [join(folder, 'none'), path].join(delimiter) })).toBe(executable);
  });

  it('takes the first folder of the PATH that has one, and an empty CHROME_PATH for none', () => {
    const first = install('google-chrome', 'first');
    const second = install('chromium', 'second');
    const PATH = [first.path, second.path].join(delimiter);
    expect(findChromium({ CHROME_PATH: '', PATH })).toBe(first.executable);
  });

  it('looks at the environment by itself', () => {
    const { CHROME_PATH } = process.env;
    process.env['CHROME_PATH'] = install('chromium', 'bin').executable;
    try {
      expect(findChromium()).toBe(join(folder, 'bin', 'chromium'));
    } finally {
      if (CHROME_PATH === undefined) delete process.env['CHROME_PATH'];
      else process.env['CHROME_PATH'] = CHROME_PATH;
    }
  });

  it('says what was expected where CHROME_PATH names nothing', () => {
    const CHROME_PATH = join(folder, 'none');
    const { path } = install('chromium', 'bin');
    expect(() => findChromium({ CHROME_PATH, PATH: path })).toThrow(
      `Expected an executable of Chromium at CHROME_PATH, but there is no ${CHROME_PATH}`,
    );
  });

  it.each([{ PATH: '/nowhere' }, {}])('says how to get one where the PATH has none: %o', environment => {
    expect(() => findChromium(environment)).toThrow(
      /^Expected a Chromium on the PATH, but found none: install one .*apt-get install chromium.*, or set CHROME_PATH/,
    );
  });
});
