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

/** One request over HTTP/2 as the server saw it, and the means to answer it, or to break it off. */
export class Http2Exchange {
  constructor(
    readonly stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    /** The connection. A stream that is closed does not know it any more. */
    readonly session: ServerHttp2Session,
    private readonly socket: Socket,
  ) {}

  get path(): string {
    return this.headers[':path'] ?? '';
  }

  /** The `Last-Event-ID` that came, decoded from its UTF-8 bytes; undefined where none came. */
  get lastEventId(): string | undefined {
    const header = this.headers['last-event-id'] as string | undefined;
    return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8');
  }

  /** Accepts: an event stream that goes on until it is ended or broken off. */
  open(): this {
    this.stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    return this;
  }

  /** Writes to the stream; bytes or text, as they are. */
  send(chunk: string | Uint8Array): this {
    this.stream.write(chunk);
    return this;
  }

  /** Ends the stream cleanly. */
  end(chunk = ''): void {
    this.stream.end(chunk);
  }

  /** Answers with a status and nothing else. */
  refuse(status: number): void {
    this.stream.respond({ ':status': status }, { endStream: true });
  }

  /** Breaks the stream off by an RST_STREAM, wherever it stands. */
  reset(code: number): void {
    // By itself, `close` ends an open stream cleanly, and resets it only then. With a write on its way it does not.
    if (this.stream.headersSent) this.stream.write('');
    this.stream.close(code);
  }

  /** Whether it is the first one of its connection, which GOAWAY cannot leave out: Node takes 0 for "the last one". */
  get isFirst(): boolean {
    return this.stream.id === 1;
  }

  /** Says GOAWAY, and that this stream was not processed, as little as any that came after it. */
  leaveOut(code: number): void {
    // Those that a client opens have odd numbers (RFC 9113 § 5.1.1).
    this.session.goaway(code, Number(this.stream.id) - 2);
  }

  /** Resets the connection, in the middle of whatever is being sent. */
  cut(): void {
    this.socket.resetAndDestroy();
  }

  /** Fulfilled with the error code of the stream when it is closed, from whichever side. */
  async gone(): Promise<number> {
    if (!this.stream.destroyed) await new Promise(resolve => this.stream.once('close', resolve));
    return this.stream.rstCode;
  }
}

/** A real HTTP/2 server, over TLS, on a loopback port of its own. */
export class Http2Server {
  readonly exchanges: Http2Exchange[] = [];
  /** The connections that have come, those included that are gone. */
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
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(port));
    });
    server.on('session', session => {
      this.sessions.push(session);
      session.on('error', () => undefined);
    });
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      const session = stream.session as ServerHttp2Session;
      const socket = this.sockets.get(Number(session.socket.remotePort));
      // Not from within this event: what nghttp2 sends or closes while it receives corrupts its memory (nodejs/node#39076).
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
   * Starts one. `handler` answers each request; without it the spec does, by `exchange(path)`.
   * Requests for `assets` are answered at once and are no exchanges.
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

  /** The number of exchanges that are going on. */
  get liveExchanges(): number {
    return this.live.value;
  }

  /** The exchange of a path's first request, or of a later one, once it has come. */
  exchange(path: string, index = 0): Promise<Http2Exchange> {
    return firstValueFrom(
      this.arrivals.pipe(
        startWith(undefined),
        map(() => this.exchanges.filter(exchange => exchange.path === path)[index]),
        filter(exchange => exchange !== undefined),
      ),
    );
  }

  /** Cuts every connection, and stops listening. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets.values()) socket.destroy();
    await closed;
  }
}
