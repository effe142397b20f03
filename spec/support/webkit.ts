import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver';
import { findProgram } from './chromium.js';
import { freePort } from '../../examples/chat/several/free-port.js';
import type { WebEngine, WebPage } from './web-engine.js';

const DEBIAN = 'webkit2gtk-driver xvfb xauth';
/** The longest time, in milliseconds, that a script may run. */
const DEADLINE = 120_000;

/** WebKitGTK over WebDriver, which doesn't report the console or the errors of a page. */
export const WEBKIT: WebEngine = {
  name: 'WebKit',
  async launch() {
    const { url, stop } = await startDriver();
    try {
      const driver = await new Builder().usingServer(url).withCapabilities(miniBrowser()).build();
      await driver.manage().setTimeouts({ script: DEADLINE });
      const version = (await driver.getCapabilities()).getBrowserVersion() ?? '';
      return {
        version,
        async close() {
          await driver.quit();
          await stop();
        },
        open: at => openPage(driver, at, 'window'),
        // A new tab is always hidden, and a new window always visible.
        openHidden: at => openPage(driver, at, 'tab'),
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
};

async function openPage(driver: WebDriver, at: string, kind: 'window' | 'tab'): Promise<WebPage> {
  // The first window stays open: a session ends with its last window.
  await driver.switchTo().newWindow(kind);
  const handle = await driver.getWindowHandle();
  const inWindow = async () => driver.switchTo().window(handle);
  await driver.get(at);
  return {
    noise: [],
    async goto(to) {
      await inWindow();
      await driver.get(to);
    },
    async evaluate<R, A>(work: (argument: A) => R, argument?: A): Promise<Awaited<R>> {
      await inWindow();
      const { value, failure } = await driver.executeAsyncScript<{ value: Awaited<R>; failure?: string }>(
        `const done = arguments[arguments.length - 1];
        Promise.resolve(arguments[0]).then(${work.toString()}).then(
          value => done({ value }),
          error => done({ failure: String(error) }),
        );`,
        argument,
      );
      if (failure !== undefined) throw new Error(failure);
      return value;
    },
    async close() {
      await inWindow();
      await driver.close();
      const [first = ''] = await driver.getAllWindowHandles();
      await driver.switchTo().window(first);
    },
  };
}

function miniBrowser(): Capabilities {
  // On Debian, the path contains the architecture and the version of the API.
  const binaries = readdirSync('/usr/lib', { recursive: true, withFileTypes: true });
  const found = binaries.find(({ name, parentPath }) => name === 'MiniBrowser' && parentPath.includes('webkit2gtk'));
  if (!found) throw new Error(`Expected the MiniBrowser of WebKitGTK: on Debian, apt-get install ${DEBIAN}`);
  return new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: `${found.parentPath}/${found.name}`, args: ['--automation'] },
  });
}

/** WebKitGTK has no headless mode, so its driver runs with its own display. */
async function startDriver(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const [xvfb, executable] = ['xvfb-run', 'WebKitWebDriver'].map(command =>
    findProgram({
      name: command,
      variable: `${command.toUpperCase().replace('-', '_')}_PATH`,
      commands: [command],
      debian: DEBIAN,
    }),
  ) as [string, string];
  const child = spawn(xvfb, ['-a', executable, `--port=${port}`], {
    // A separate process group, so that the display ends with the driver.
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1' },
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null)
      throw new Error(`Expected WebKitWebDriver to run, but it ended with ${child.exitCode}`);
  }
  return { url, stop };
}
