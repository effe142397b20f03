import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import type { Routes } from '../../chat/server/http.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** The build adds a hash of the content to each file name. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

/**
 * Returns one route per file that the build created for the browser. No other file of the folder and no page is served.
 */
export async function assetRoutes(folder: string): Promise<Routes> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files.flatMap(file => {
      const type = TYPES[extname(file.name)];
      if (!file.isFile() || type === undefined) return [];
      const path = join(file.parentPath, file.name);
      const headers = {
        'cache-control': HASHED.test(file.name) ? 'public, max-age=31536000, immutable' : 'no-cache',
        'content-type': type,
        'x-content-type-options': 'nosniff',
      };
      const send = async (_request: IncomingMessage, response: ServerResponse) => {
        const content = await readFile(path);
        response.writeHead(200, { ...headers, 'content-length': content.length }).end(content);
      };
      return [[`/${relative(folder, path).split(sep).join('/')}`, { GET: send }]];
    }),
  );
}
