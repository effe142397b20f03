import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/main.js': ['main.js', 'text/javascript; charset=utf-8'],
  '/playground.js': ['playground.js', 'text/javascript; charset=utf-8'],
  '/playground.css': ['playground.css', 'text/css; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

/** The page asks nothing of anyone: its stream is in it. */
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; require-trusted-types-for 'script'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Serves the page from the folder that it was built into, on loopback. Port 0 is any that is free. */
export async function servePage(
  folder: string,
  port: number,
): Promise<{ readonly origin: string; readonly close: () => void }> {
  const server: Server = createServer(({ url = '/' }, response) => {
    const [name, type] = FILES[new URL(url, 'http://localhost').pathname] ?? [];
    if (name === undefined) return void response.writeHead(404, HEADERS).end();
    readFile(join(folder, name)).then(
      content => response.writeHead(200, { ...HEADERS, 'content-type': type }).end(content),
      () => response.writeHead(500, HEADERS).end(`${name} has not been built`),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
