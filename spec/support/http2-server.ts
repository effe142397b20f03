import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { BehaviorSubject, filter, firstValueFrom, map, Subject, startWith } from 'rxjs';
import { certificate } from './localhost-certificate.js';
import type { Assets } from './sse-server.js';

/** An HTTP/2 request as the server received it, with methods to respond to it or break it off. */
export class Http2Exchange {
  constructor(
    readonly stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    /** The connection. A closed stream no longer has it. */
    readonly session: ServerHttp2Session,
    private readonly socket: Socket,
  ) {}

  get path(): string {
    return this.headers[':path'] ?? '';
  }

  /** The received `Last-Event-ID`, decoded from its UTF-8 bytes. Undefined if there was none. */
  get lastEventId(): string | undefined {
    const header = this.headers['last-event-id'] as string | undefined;
    return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
  }

  /** Accepts with an event stream that stays open until it ends or breaks off. */
  open(): this {
    this.stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    return this;
  }

  /** Writes bytes or text to the stream, unchanged. */
  send(chunk: string | Uint8Array): this {
    this.stream.write(chunk);
    return this;
  }

  /** Ends the stream cleanly. */
  end(chunk = ''): void {
    this.stream.end(chunk);
  }

  /** Responds with a status and nothing else. */
  refuse(status: number): void {
    this.stream.respond({ ':status': status }, { endStream: true });
  }

  /** Breaks the stream off with an RST_STREAM, in any state. */
  reset(code: number): void {
    // Without a pending write, `close` would end an open stream cleanly before it resets it.
    if (this.stream.headersSent) this.stream.write('');
    this.stream.close(code);
  }

  /**
   * Whether it is the first stream of its connection. GOAWAY can't leave that one out: Node takes 0 for "the last one".
   */
  get isFirst(): boolean {
    return this.stream.id === 1;
  }

  /** Sends a GOAWAY that says that this stream wasn't processed, and no later one either. */
  leaveOut(code: number): void {
    // Streams that a client opens have odd numbers (RFC 9113 § 5.1.1).
    this.session.goaway(code, Number(this.stream.id) - 2);
  }

  /** Resets the connection, even in the middle of a write. */
  cut(): void {
    this.socket.resetAndDestroy();
  }

  /** Resolves with the error code of the stream when either side has closed it. */
  async gone(): Promise<number> {
    if (!this.stream.destroyed) await new Promise(resolve => this.stream.once('close', resolve));
    return this.stream.rstCode;
  }
}

/** A real HTTP/2 server over TLS, on its own loopback port. */
export class Http2Server {
  readonly exchanges: Http2Exchange[] = [];
  /** All connections so far, including closed ones. */
  readonly sessions: ServerHttp2Session[] = [];
  private readonly sockets = new Map<number, Socket>();
  private readonly arrivals = new Subject<Http2Exchange>();
  private readonly live = new BehaviorSubject(0);

  private constructor(
    private readonly server: Http2SecureServer,
    handler: ((exchange: Http2Exchange) => void) | undefined,
    assets: Assets,
  ) {
    server.on('connection', (socket: Socket) => {
      const port = Number(socket.remotePort);
      this.sockets.set(port, socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          // A later connection may have the same port.
          if (this.sockets.get(port) === socket) this.sockets.delete(port);
        });
    });
    server.on('session', session => {
      this.sessions.push(session);
      session.on('error', () => undefined);
    });
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      const session = stream.session as ServerHttp2Session;
      const socket = this.sockets.get(Number(session.socket.remotePort));
      // Not within this event: if nghttp2 sends or closes while it receives, it corrupts its memory
      // (nodejs/node#39076).
      setImmediate(() => {
        if (stream.destroyed || !socket) return;
        const asset = assets[headers[':path'] ?? ''];
        if (asset) {
          stream.respond({ ':status': 200, 'content-type': asset.type, 'cache-control': 'no-store' });
          stream.end(asset.body);
          return;
        }
        this.live.next(this.live.value + 1);
        stream.on('close', () => this.live.next(this.live.value - 1));
        const exchange = new Http2Exchange(stream, headers, session, socket);
        this.exchanges.push(exchange);
        handler?.(exchange);
        this.arrivals.next(exchange);
      });
    });
  }

  /**
   * Starts a server. `handler` responds to each request. Without it, the spec does, with `exchange(path)`.
   * Requests for `assets` get a response at once and aren't exchanges.
   */
  static async start(handler?: (exchange: Http2Exchange) => void, assets: Assets = {}): Promise<Http2Server> {
    const server = createSecureServer(certificate);
    const started = new Http2Server(server, handler, assets);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The number of open exchanges. */
  get liveExchanges(): number {
    return this.live.value;
  }

  /** Resolves with the exchange of a path's first request, or of a later one, once it has arrived. */
  exchange(path: string, index = 0): Promise<Http2Exchange> {
    return firstValueFrom(
      this.arrivals.pipe(
        startWith(undefined),
        map(() => this.exchanges.filter(exchange => exchange.path === path)[index]),
        filter(exchange => exchange !== undefined),
      ),
    );
  }

  /** Cuts all connections and stops the server. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets.values()) socket.destroy();
    await closed;
  }
}
