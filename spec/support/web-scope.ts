import { readFileSync } from 'node:fs';
import type { ScopeKind } from './scopes.js';
import type { Assets } from './sse-server.js';
import type { WebPage } from './web-engine.js';

declare global {
  /** The uncaught errors and unhandled rejections in a scope. */
  var complaints: string[];
  /** In a page: calls a function, given as its text, in the worker that `openWebScope` has started. */
  var callInWorker: <R>(call: [work: string, argument: unknown]) => Promise<R>;
}

const COMPLAINTS = `
  self.complaints = [];
  self.addEventListener('error', event => complaints.push('uncaught: ' + event.message));
  self.addEventListener('unhandledrejection', event => complaints.push('unhandled: ' + event.reason));
`;

/** Returns assets with the package for a page and a worker, from the bundle of `spec/browser`: a global `rxSse`. */
export function bundledAssets(): Assets {
  const bundle = process.env['RX_SSE_BUNDLE'];
  if (bundle === undefined) throw new Error('Expected a bundle: run this by `npm run test:web`');
  return webAssets(readFileSync(bundle));
}

/** Returns a page at `/` and a worker, which both load the bundle. */
export function webAssets(bundle: Uint8Array): Assets {
  const worker = `${COMPLAINTS}
    importScripts('/bundle.js');
    const serve = port => {
      port.onmessage = async ({ data: [work, argument] }) => {
        try {
          port.postMessage({ value: await (0, eval)('(' + work + ')')(argument) });
        } catch (error) {
          port.postMessage({ failure: String(error) });
        }
      };
      port.postMessage('ready');
    };
    if (self.onconnect === undefined) serve(self);
    else self.onconnect = ({ ports }) => serve(ports[0]);`;
  return {
    '/': {
      type: 'text/html',
      body: `<!doctype html><title>rx-sse</title><link rel="icon" href="data:,">
        <script>${COMPLAINTS}</script><script src="/bundle.js"></script>`,
    },
    '/bundle.js': { type: 'text/javascript', body: bundle },
    '/worker.js': { type: 'text/javascript', body: worker },
  };
}

/** Returns the page's own scope, or the scope of a worker that it starts. The worker is called by messages, which works in all browsers. */
export async function openWebScope(kind: ScopeKind, page: WebPage): Promise<Pick<WebPage, 'evaluate'>> {
  if (kind === 'a window') return page;
  await page.evaluate(
    shared =>
      new Promise<void>(ready => {
        const worker = shared ? new SharedWorker('/worker.js') : new Worker('/worker.js');
        const port = 'port' in worker ? worker.port : worker;
        globalThis.callInWorker = call =>
          new Promise((resolve, reject) => {
            port.onmessage = ({ data }: MessageEvent) => {
              const { value, failure } = data as { value: never; failure?: string };
              if (failure === undefined) resolve(value);
              else reject(new Error(failure));
            };
            port.postMessage(call);
          });
        port.onmessage = () => ready();
      }),
    kind === 'a shared worker',
  );
  return {
    evaluate: <R, A>(work: (argument: A) => R, argument?: A) =>
      page.evaluate(call => callInWorker<Awaited<R>>(call), [work.toString(), argument] as [string, unknown]),
  };
}
