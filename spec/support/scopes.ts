import type { CDPSession, Page } from 'playwright-core';
import { pageAssets } from './page.js';
import type { Assets } from './sse-server.js';

/** The kinds of global scope that the package runs in, and their names in the DevTools protocol. */
const TARGETS = { 'a window': 'page', 'a dedicated worker': 'worker', 'a shared worker': 'shared_worker' } as const;

export type ScopeKind = keyof typeof TARGETS;
export const SCOPES = Object.keys(TARGETS) as ScopeKind[];

declare global {
  /** Exists in a page in which `openScope` has started a worker. */
  var worker: Worker | SharedWorker;
}

/** Returns a worker that loads the bundle at that path, and then reports that it is ready. */
export function workerAsset(bundle: string): Assets[string] {
  const body = `
    importScripts('${bundle}');
    const say = port => port.postMessage('ready');
    if (self.onconnect === undefined) say(self);
    else self.onconnect = ({ ports }) => say(ports[0]);`;
  return { type: 'text/javascript', body };
}

/** Returns the assets for a page and a worker. */
export const scopeAssets = (): Assets => ({ ...pageAssets(), '/worker.js': workerAsset('/rx-sse.js') });

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Bytes per heap. */
export interface BytesInUse {
  /** The value of `performance.memory`, which is only available in windows. */
  readonly javascript: number;
  /**
   * The browser's own objects: bodies, signals, listeners. Only measured in shared workers: in the scopes that
   * Playwright is attached to, these objects include a record of each request for the tools, which grows with any
   * fetch.
   */
  readonly browser: number;
}

/**
 * A global scope: the code in it, its memory in use, and its noise. All three kinds are controlled with the DevTools
 * protocol, because Playwright can't control shared workers.
 */
export class Scope {
  /** Console messages and uncaught errors. */
  readonly noise: string[] = [];
  private readonly replies = new Map<number, (reply: Reply) => void>();
  private calls = 0;

  constructor(
    private readonly kind: ScopeKind,
    private readonly session: CDPSession,
    private readonly sessionId: string,
  ) {
    session.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
      if (from !== sessionId) return;
      const reply = JSON.parse(message) as Reply;
      if (reply.id !== undefined) this.replies.get(reply.id)?.(reply);
      else if (reply.method === 'Runtime.consoleAPICalled') this.noise.push(`console: ${message}`);
      else if (reply.method === 'Runtime.exceptionThrown') this.noise.push(`uncaught: ${message}`);
    });
  }

  /** Calls `work` in the scope and returns its result. Argument and result are copied as JSON. */
  async evaluate<A, R>(work: (argument: A) => R, argument?: A): Promise<Awaited<R>> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', {
      expression: `(${work.toString()})(${JSON.stringify(argument)})`,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value: Awaited<R> }; exceptionDetails?: object };
    if (exceptionDetails) throw new Error(`Expected an answer, but got ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Returns the memory in use after garbage collection. */
  async bytesInUse(): Promise<BytesInUse> {
    // The console keeps its messages. That isn't a leak of the page.
    await this.send('Runtime.discardConsoleEntries');
    await this.send('Log.clear');
    // Memory behind finalizers and weak references is only free one turn after the collection that found it.
    for (let pass = 0; pass < 4; pass++) await this.send('HeapProfiler.collectGarbage');
    const usage = (await this.send('Runtime.getHeapUsage')) as { usedSize: number; embedderHeapUsedSize: number };
    return {
      javascript: usage.usedSize,
      browser: this.kind === 'a shared worker' ? usage.embedderHeapUsedSize : 0,
    };
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    const id = this.calls++;
    const replied = new Promise<Reply>(resolve => this.replies.set(id, resolve));
    await this.session.send('Target.sendMessageToTarget', {
      sessionId: this.sessionId,
      message: JSON.stringify({ id, method, params }),
    });
    const { result, error } = await replied;
    this.replies.delete(id);
    if (error) throw new Error(`Expected an answer to ${method}, but got ${error.message}`);
    return result;
  }
}

/** Opens the page's own scope, or the scope of a worker that it starts in the page. */
export async function openScope(kind: ScopeKind, page: Page): Promise<Scope> {
  if (kind !== 'a window') {
    await page.evaluate(
      shared =>
        new Promise(ready => {
          globalThis.worker = shared ? new SharedWorker('/worker.js') : new Worker('/worker.js');
          ('port' in worker ? worker.port : worker).onmessage = ready;
        }),
      kind === 'a shared worker',
    );
  }
  const own = await page.context().newCDPSession(page);
  const { browserContextId } = (await own.send('Target.getTargetInfo')).targetInfo;
  await own.detach();

  const session = await page.context().browser()?.newBrowserCDPSession();
  if (!session) throw new Error('Expected a browser of the page, but it is closed');
  const { targetInfos } = await session.send('Target.getTargets');
  const target = targetInfos.find(info => info.type === TARGETS[kind] && info.browserContextId === browserContextId);
  if (!target) throw new Error(`Expected ${kind} among ${JSON.stringify(targetInfos)}`);
  const { sessionId } = await session.send('Target.attachToTarget', { targetId: target.targetId });
  const scope = new Scope(kind, session, sessionId);
  await scope.send('Runtime.enable');
  return scope;
}
