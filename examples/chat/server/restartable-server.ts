import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Handler } from './http.js';

/** How long until it tries again to come back, in milliseconds. */
const RETRY = 500;

/** A server that can go away, and come back on the same port. */
export abstract class RestartableServer {
  private readonly stopped = new AbortController();
  private readonly handling = new Set<Promise<unknown>>();
  private restarting: Promise<void> | undefined;
  private http: Server = createServer();
  private listeningPort = 0;
  private host = '';

  /** Creates the handler, at each start. */
  protected abstract open(): Promise<Handler>;

  /** Releases everything that `open` has created. Called after the last response. */
  protected abstract release(): Promise<void>;

  /**
   * Listens on `port`; 0 means any free port. Rejects if the port is taken (`EADDRINUSE`).
   *
   * @param host the address to listen on; by default, other machines can't reach the server
   */
  async start(port: number, host = '127.0.0.1'): Promise<this> {
    this.listeningPort = port;
    this.host = host;
    await this.listen();
    return this;
  }

  /** The port stays the same after a restart. */
  get port(): number {
    return this.listeningPort;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Returns how many connections are open. */
  connections(): Promise<number> {
    return promisify(this.http.getConnections.bind(this.http))();
  }

  /** Stops listening, cuts all connections, and comes back on the same port with everything that the store has kept. */
  restart(downtime: number): Promise<void> {
    return (this.restarting ??= this.comeBack(downtime).finally(() => (this.restarting = undefined)));
  }

  /** Stops listening, cuts all connections, and waits for pending writes. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.restarting;
    await this.stop();
  }

  private async listen(): Promise<void> {
    const handle = await this.open();
    this.http = createServer({ requestTimeout: 10_000 }, (request, response) => {
      // Writing to a closed connection is no reason to end the process: `close` says that it's gone.
      response.on('error', () => undefined);
      // Sent before the last request was answered. Node doesn't say when such a response closes, or its connection.
      if (!response.socket) {
        response.writeHead(400, { connection: 'close' }).end();
        return;
      }
      const handled = Promise.resolve(handle(request, response)).finally(() => this.handling.delete(handled));
      this.handling.add(handled);
    });
    this.http.listen(this.listeningPort, this.host);
    await once(this.http, 'listening').catch(async (error: unknown) => {
      await this.release();
      throw error;
    });
    ({ port: this.listeningPort } = this.http.address() as AddressInfo);
  }

  private async stop(): Promise<void> {
    if (!this.http.listening) return;
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
    await Promise.all(this.handling);
    await this.release();
  }

  private async comeBack(downtime: number): Promise<void> {
    const { signal } = this.stopped;
    await this.stop();
    await delay(downtime, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted && !(await this.isBack())) await delay(RETRY, undefined, { signal }).catch(() => undefined);
  }

  /** Whether it listens again; not so if what it needs can't be had. */
  private async isBack(): Promise<boolean> {
    return this.listen().then(
      () => true,
      (error: unknown) => {
        console.error(error);
        return false;
      },
    );
  }
}
