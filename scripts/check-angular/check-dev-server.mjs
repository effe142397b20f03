import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { check } from '../check.mjs';
import { shows } from './check-pages.mjs';

/** Starts `ng serve`, with streams of another server. Returns its address and a function to stop it. */
async function serve(folder, origin) {
  const proxies = { '/stream': { target: origin }, '/plain': { target: origin } };
  await writeFile(join(folder, 'proxy.conf.json'), JSON.stringify(proxies));
  const command = ['serve', 'application', '--port', '0', '--host', 'localhost', '--proxy-config', 'proxy.conf.json'];
  const cli = spawn(process.execPath, ['node_modules/@angular/cli/bin/ng.js', ...command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(cli, 'exit');
  const lines = createInterface(cli.stdout);
  const said = [];
  const close = async () => {
    cli.kill();
    await exited;
  };
  for await (const line of lines) {
    said.push(line);
    const [, address] = /Local:\s+(http:\/\/\S+)/.exec(line) ?? [];
    if (address) return { address, close };
  }
  throw new Error(`Expected ng serve to start, but it said: ${said.join('\n')}`);
}

/** `ng serve` replaces the template of a shown component and keeps the component. */
export async function checkDevServer(browser, { origin, requests, hasOpen, send }, folder) {
  await check('ng serve: a template that is edited is replaced (HMR), and its streams stay open', async () => {
    const { address, close } = await serve(folder, origin);
    const path = join(folder, 'src/app/app.ts');
    const text = await readFile(path, 'utf8');
    const page = await browser.newPage();
    try {
      await page.goto(address);
      for (const id of ['events', 'values', 'store']) await shows(page, id, 'a b');
      await hasOpen(3);
      assert.equal(requests.splice(0).length, 3);
      await page.evaluate(() => (globalThis.isSamePage = true));
      await writeFile(path, text.replace('<p id="connection">', '<p id="edited">edited</p> <p id="connection">'));
      await shows(page, 'edited', 'edited');
      assert.equal(await page.evaluate(() => globalThis.isSamePage), true);
      send('id: 3\ndata: c\n\n');
      for (const id of ['events', 'values', 'store']) await shows(page, id, 'a b c');
      await hasOpen(3);
      assert.deepEqual(requests.splice(0), []);
    } finally {
      await page.close();
      await close();
      await writeFile(path, text);
    }
    await hasOpen(0);
  });
}
