import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BehaviorSubject, filter, firstValueFrom, ReplaySubject } from 'rxjs';

/** A request as the server received it, and the methods to respond to it. */
export class Exchange {
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    /** 0 for the server's first request. */
    readonly index: number,
  ) {}

  /** The received `Last-Event-ID`, decoded from its UTF-8 bytes; undefined without the header. */
  get lastEventId(): string | undefined {
    const header = this.request.headers['last-event-id'] as string | undefined;
    return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
  }

  /** The request's body as text. */
  async body(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Accepts the request: opens an event stream that continues until it is ended or cut. */
  open(headers: Record<string, string> = {}): this {
    this.response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    this.response.flushHeaders();
    return this;
  }

  /** Writes bytes or text to the stream, unchanged. */
  send(chunk: string | Uint8Array): this {
    this.response.write(chunk);
    return this;
  }

  /** Ends the stream cleanly. */
  end(chunk = ''): void {
    this.response.end(chunk);
  }

  /** Cuts the connection in the middle of the response. */
  cut(): void {
    this.request.socket.destroy();
  }

  /** Refuses the request: responds with a status, and ends the response. */
  refuse(status: number, headers: Record<string, string> = {}, body = ''): void {
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  /** Resolves when the connection of this exchange is closed, by either side. */
  async gone(): Promise<void> {
    const { socket } = this.request;
    // Not `once` of node:events, which would reject on a reset.
    if (!socket.destroyed) await new Promise(resolve => socket.once('close', resolve));
  }
}

/** The files that a server provides besides its streams, by path. */
export type Assets = Readonly<Record<string, { type: string; body: string | Uint8Array }>>;

/**
 * A real HTTP server on its own loopback port.
 *
 * It counts open exchanges and not sockets: when a request is aborted, Node's own fetch opens an idle connection in place of the destroyed one, and
 * keeps it for some seconds.
 */
export class SseServer {
  readonly exchanges: Exchange[] = [];
  private readonly arrivals = new ReplaySubject<Exchange>(Infinity);
  private readonly live = new BehaviorSubject(0);

  private constructor(
    private readonly server: Server,
    handler: ((exchange: Exchange) => void) | undefined,
    assets: Assets,
  ) {
    server.on('connection', socket => socket.on('error', () => undefined));
    server.on('request', (request, response) => {
      const asset = assets[request.url ?? ''];
      if (asset) {
        response.writeHead(200, { 'content-type': asset.type, 'cache-control': 'no-store' }).end(asset.body);
        return;
      }
      this.live.next(this.live.value + 1);
      response.on('close', () => this.live.next(this.live.value - 1));
      const exchange = new Exchange(request, response, this.exchanges.length);
      this.exchanges.push(exchange);
      handler?.(exchange);
      this.arrivals.next(exchange);
    });
  }

  /**
   * Starts a server. `handler` responds to each request; without it, the spec does, with `exchange(n)`.
   * Requests for `assets` get a response at once, and aren't exchanges.
   */
  static async start(handler?: (exchange: Exchange) => void, assets: Assets = {}): Promise<SseServer> {
    const server = createServer();
    const started = new SseServer(server, handler, assets);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `${this.origin}/stream`;
  }

  /** The number of open exchanges. */
  get liveExchanges(): number {
    return this.live.value;
  }

  /** Resolves to the exchange with that index when its request arrives. */
  exchange(index: number): Promise<Exchange> {
    return firstValueFrom(this.arrivals.pipe(filter(exchange => exchange.index === index)));
  }

  /** Resolves when no exchange is open. */
  async idle(): Promise<void> {
    await firstValueFrom(this.live.pipe(filter(count => count === 0)));
  }

  /** Cuts every connection, and stops listening. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
