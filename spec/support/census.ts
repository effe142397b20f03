import { getEventListeners, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isReadable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  asyncScheduler,
  BehaviorSubject,
  filter,
  firstValueFrom,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import type { FetchLike, ResponseLike } from '../../src/connection/fetch-like.js';
import { Exchange } from './sse-server.js';

/** The resources held at one moment, on both ends of the connections. */
export interface Count {
  /** Open sockets on the server, without the idle ones. */
  readonly sockets: number;
  /** Requests that the server hasn't seen the end of. */
  readonly exchanges: number;
  /**
   * Pending actions of `scheduler`. Every timer of the library runs on it, because the test runner has timers of its
   * own.
   */
  readonly timers: number;
  /** Listeners for `online` on the stand-in for the page. */
  readonly listeners: number;
  /** Response bodies that aren't read to the end or cancelled yet, or are still locked. */
  readonly bodies: number;
}

export const NOTHING: Count = { sockets: 0, exchanges: 0, timers: 0, listeners: 0, bodies: 0 };

/**
 * A real server that keeps nothing of a finished exchange. It counts the resources that a client leaves behind, on the
 * server and in this process.
 */
export class Census {
  /** The real time. Tracks the pending actions. */
  readonly scheduler: SchedulerLike = {
    now: () => asyncScheduler.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) => {
      const action = asyncScheduler.schedule(work, delay, state);
      this.timers.add(action);
      action.add(() => this.timers.delete(action));
      return action;
    },
  };
  private readonly timers = new Set<Subscription>();
  private readonly answers = new Map<string, (exchange: Exchange) => void>();
  private readonly sockets = new Map<Socket, 'busy' | 'idle'>();
  private readonly calls = new BehaviorSubject(0);
  private readonly live = new BehaviorSubject(0);
  /** Strong references. Otherwise Node's own fetch cancels a forgotten body when its response is garbage-collected. */
  private readonly responses = new Set<ResponseLike>();
  private readonly page = new EventTarget();
  private requests = 0;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.sockets.set(socket, 'idle');
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      const { socket, url = '' } = request;
      this.sockets.set(socket, 'busy');
      add(this.live, 1);
      response.on('close', () => {
        if (this.sockets.has(socket)) this.sockets.set(socket, 'idle');
        add(this.live, -1);
      });
      const exchange = new Exchange(request, response, this.requests++);
      // A request for a forgotten URL still gets headers, so that no call of fetch waits forever.
      const answer = this.answers.get(url) ?? (late => void late.open());
      answer(exchange);
    });
  }

  static async start(): Promise<Census> {
    const server = createServer();
    const census = new Census(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return census;
  }

  /** Returns a URL whose requests are passed to `answer` until `forget` is called. */
  url(name: string, answer: (exchange: Exchange) => void): URL {
    const url = new URL(`/${name}`, `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
    this.answers.set(url.pathname, answer);
    return url;
  }

  forget({ pathname }: URL): void {
    this.answers.delete(pathname);
  }

  /** Wraps the transport to track its pending calls and the bodies that it returns. */
  watch(fetch: FetchLike): FetchLike {
    return async (url: string, init: unknown) => {
      add(this.calls, 1);
      try {
        const response = await fetch(url, init);
        this.responses.add(response);
        return response;
      } finally {
        add(this.calls, -1);
      }
    };
  }

  /** Gives this process an `online` event, as in a page, until the returned function is called. */
  standInForPage(): () => void {
    const { page } = this;
    const scope: Partial<EventTarget> = globalThis;
    scope.addEventListener = page.addEventListener.bind(page);
    scope.removeEventListener = page.removeEventListener.bind(page);
    return () => {
      delete scope.addEventListener;
      delete scope.removeEventListener;
    };
  }

  /** Waits until no call of fetch is pending and no exchange is open. Then counts the resources that are left. */
  async countLeft(): Promise<Count> {
    const none = filter((count: number) => count === 0);
    await firstValueFrom(this.calls.pipe(none));
    await firstValueFrom(this.live.pipe(none));
    return this.count();
  }

  async count(): Promise<Count> {
    for (const response of this.responses) if (isLetGo(response.body)) this.responses.delete(response);
    return {
      sockets: await this.openSockets(),
      exchanges: this.live.value,
      timers: this.timers.size,
      listeners: getEventListeners(this.page, 'online').length,
      bodies: this.responses.size,
    };
  }

  /** Cuts all connections and stops the server. */
  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /**
   * Node's own fetch replaces each connection that it destroys with a new one, and keeps that for seconds. The server
   * closes those first, one by one: `closeIdleConnections` skips sockets that never had a request.
   */
  private async openSockets(): Promise<number> {
    for (const [socket, state] of this.sockets) {
      if (state === 'busy') continue;
      socket.destroy();
      await once(socket, 'close');
    }
    return new Promise((resolve, reject) =>
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }
}

const add = (counter: BehaviorSubject<number>, change: 1 | -1) => counter.next(counter.value + change);

/** Whether a body is absent, or unlocked and no longer readable. Works for web streams and Node streams. */
const isLetGo = (body: unknown) =>
  !(body as ReadableStream | null)?.locked && !isReadable(body as NodeJS.ReadableStream);

/**
 * Returns the bytes in use after garbage collection. Requires `node --expose-gc`. Takes several passes: memory that
 * finalizers release is only free one turn after the collection that ran them.
 */
export async function heapInUse(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('The heap can only be measured under `node --expose-gc`: npm run test:heavy');
  for (let pass = 0; pass < 8; pass++) {
    gc();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}
