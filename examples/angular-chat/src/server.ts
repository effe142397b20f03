// Runs the whole application in one process: node dist/server/server.mjs [--port <port>] [--data <folder>] [--trouble]
// …
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AngularNodeAppEngine, isMainModule, writeResponseToNodeResponse } from '@angular/ssr/node';
import { FileMessageStore } from '../../chat/server/file-message-store.js';
import { HttpError } from '../../chat/server/http.js';
import { AngularChatServer } from '../server/angular-chat-server.js';

const engine = new AngularNodeAppEngine();

const HEADERS = {
  // The page shows the user's name. Without a cached page, leaving it also closes its streams.
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

if (isMainModule(import.meta.url)) await start();

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4300' },
      data: { type: 'string', default: join(import.meta.dirname, '../../.data') },
      trouble: { type: 'boolean', default: false },
      'token-lifetime': { type: 'string', default: '60000' },
      retry: { type: 'string', default: '2000' },
      heartbeat: { type: 'string', default: '2000' },
    },
  });
  const server = await new AngularChatServer({
    openStore: () => FileMessageStore.open(values.data),
    browserFolder: join(import.meta.dirname, '../browser'),
    renderPage: async (name, request, response) => {
      const page = await engine.handle(request, { name });
      if (!page) throw new HttpError(404, 'This page does not exist');
      for (const [header, value] of Object.entries(HEADERS)) response.setHeader(header, value);
      await writeResponseToNodeResponse(page, response);
    },
    tokenLifetime: Number(values['token-lifetime']),
    retry: Number(values.retry),
    heartbeat: Number(values.heartbeat),
    trouble: values.trouble,
  }).start(Number(values.port));
  console.log(`The chat is at ${server.origin}/, its messages in ${values.data}. Ctrl-C ends it.`);
  // They stay handled: a parent process may pass on a Ctrl-C that this process has already received from the terminal.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.close());
}
