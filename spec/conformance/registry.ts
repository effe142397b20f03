import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A package registry on a loopback port. */
export interface Registry {
  readonly url: string;
  /** The version of the package that it serves. */
  readonly version: string;
  close(): Promise<void>;
}

/**
 * Starts a registry that serves the package whose tarball is in `folder`, and redirects requests for other packages to the registry that npm is
 * configured with. Deno installs only from a registry, not from a file.
 */
export async function startRegistry(folder: string): Promise<Registry> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry']);
  const others = stdout.trim();
  const [name = ''] = (await readdir(folder)).filter(file => file.endsWith('.tgz'));
  const tarball = await readFile(join(folder, name));
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  const { version } = manifest;

  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === `/${name}`) response.end(tarball);
    else if (path === '/rx-sse') response.setHeader('content-type', 'application/json').end(JSON.stringify(about()));
    else response.writeHead(302, { location: new URL(path.slice(1), others).href }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const about = () => ({
    name: 'rx-sse',
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball: url + name, integrity } } },
  });
  return {
    url,
    version,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
