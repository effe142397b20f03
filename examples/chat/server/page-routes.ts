import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';
import { HttpError, type Routes } from './http.js';

const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The files of the page. No other file of the folder is served. */
export function pageRoutes(folder: string): Routes {
  const file = (name: string, type: string) => ({
    GET: async (_request: IncomingMessage, response: ServerResponse) => {
      const content = await readFile(join(folder, name)).catch(() => {
        throw new HttpError(404, `${name} has not been built`);
      });
      response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': content.length }).end(content);
    },
  });
  return {
    '/': file('index.html', 'text/html; charset=utf-8'),
    '/app.js': file('app.js', 'text/javascript; charset=utf-8'),
    '/style.css': file('style.css', 'text/css; charset=utf-8'),
    '/icon.svg': file('icon.svg', 'image/svg+xml'),
  };
}
