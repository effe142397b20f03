import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { chatRoutes, type StreamTiming } from './chat-routes.js';
import { answer } from './http.js';
import type { MessageStore } from './message-store.js';
import { pageRoutes } from './page-routes.js';
import { Trouble } from './trouble.js';

export interface ChatServerOptions extends StreamTiming {
  /** 0 for any that is free. */
  readonly port: number;
  /** Where the built page is. */
  readonly pageFolder: string;
  /** Called with every start, so also when the server restarts. */
  readonly openStore: () => Promise<MessageStore>;
}

/** The chat on a port of this machine; other machines do not reach it. */
export class ChatServer {
  readonly trouble = new Trouble(downtime => this.restart(downtime));
  private readonly stopped = new AbortController();
  private readonly handling = new Set<Promise<void>>();
  private restarting: Promise<void> | undefined;
  private http: Server = createServer();

  private constructor(
    private readonly options: ChatServerOptions,
    private listeningPort: number,
  ) {}

  /** Rejects where the port is taken (`EADDRINUSE`). */
  static async start(options: ChatServerOptions): Promise<ChatServer> {
    const server = new ChatServer(options, options.port);
    await server.listen();
    return server;
  }

  /** It stays the same through a restart. */
  get port(): number {
    return this.listeningPort;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Stops listening, cuts all connections, and comes back on the same port with what the store has kept. */
  restart(downtime: number): Promise<void> {
    return (this.restarting ??= this.comeBack(downtime).finally(() => (this.restarting = undefined)));
  }

  /** Stops listening, cuts all connections, and waits for what is being stored. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.restarting;
    await this.stop();
  }

  private async listen(): Promise<void> {
    const chat = chatRoutes(await this.options.openStore(), this.options);
    const routes = {
      ...pageRoutes(this.options.pageFolder),
      ...chat,
      ...this.trouble.routes,
      '/chat/stream': { GET: this.trouble.around(chat['/chat/stream'].GET) },
    };
    this.http = createServer({ requestTimeout: 10_000 }, (request, response) => {
      const handled = answer(routes, request, response).finally(() => this.handling.delete(handled));
      this.handling.add(handled);
    });
    this.http.listen(this.listeningPort, '127.0.0.1');
    await once(this.http, 'listening');
    ({ port: this.listeningPort } = this.http.address() as AddressInfo);
  }

  private async stop(): Promise<void> {
    if (!this.http.listening) return;
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
    await Promise.all(this.handling);
  }

  private async comeBack(downtime: number): Promise<void> {
    const { signal } = this.stopped;
    await this.stop();
    await delay(downtime, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.listen();
  }
}
