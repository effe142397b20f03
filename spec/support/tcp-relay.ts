import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';

/** The faults that a relay can make in a connection. */
const FAULTS = {
  /** Closes both ends, each with a FIN. */
  cut: ({ client, server }) => {
    client.destroySoon();
    server.destroySoon();
  },
  /** The client receives a RST, the server a FIN. */
  resetClient: ({ client, server, toClient }) => {
    void reset(client, toClient);
    server.destroySoon();
  },
  /** The server receives a RST, the client a FIN. */
  resetServer: ({ client, server, toServer }) => {
    void reset(server, toServer);
    client.destroySoon();
  },
  /** Half-closed: the client receives a FIN, but can still send. */
  endClient: ({ client }) => client.end(),
  /** Half-closed: the server receives a FIN, but can still send. */
  endServer: ({ server }) => server.end(),
  /** Half-open: forwards nothing more, not even that one end has closed, and closes no connection. */
  stall: connection => {
    connection.toClient.stall();
    connection.toServer.stall();
  },
  /** Half-open in one direction: nothing reaches the client. */
  stallClient: ({ toClient }) => toClient.stall(),
  /** Half-open in the other direction: nothing reaches the server. */
  stallServer: ({ toServer }) => toServer.stall(),
  /** Sends each byte in its own segment from now on. */
  throttle: ({ toClient, toServer }) => {
    toClient.throttle();
    toServer.throttle();
  },
  /** Cuts every connection, stops listening for a moment, and then listens again. */
  restart: ({ relay }) => void relay.restart(),
} satisfies Record<string, (connection: RelayedConnection) => void>;
export type RelayFault = keyof typeof FAULTS;
export const RELAY_FAULTS = Object.keys(FAULTS) as RelayFault[];

/**
 * Closes `socket` with a RST, a moment after the last bytes. If both arrive at once, Node reports an end to its reader and not a reset (libuv
 * treats EPOLLHUP after a short read as the end).
 */
async function reset(socket: Socket, flow: Flow): Promise<void> {
  flow.stall();
  await turn();
  await turn();
  socket.resetAndDestroy();
}

/** One direction of a connection. Its bytes, and then its end, arrive in order or not at all. */
class Flow {
  /** The number of bytes that were forwarded. */
  bytes = 0;
  private readonly queue: (Buffer | (() => void))[] = [];
  private forwarding = false;
  private stalled = false;
  private throttled = false;
  private due = Infinity;
  private onDue: () => void = () => undefined;

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
  ) {
    // Always reads, so that it detects the close of its source even if nothing is forwarded.
    source
      .on('data', (bytes: Buffer) => this.enqueue(bytes))
      .on('end', () => this.enqueue(() => sink.end()))
      .on('error', () => undefined)
      .on('close', hadError => this.enqueue(() => (hadError ? void reset(sink, this) : sink.destroySoon())));
    sink.on('drain', () => source.resume());
  }

  /** Calls `act` when `bytes` more bytes have been forwarded, before the next one. Replaces an earlier `act`. */
  after(bytes: number, act: () => void): void {
    this.due = bytes;
    this.onDue = act;
    this.actWhenDue();
  }

  stall(): void {
    this.stalled = true;
  }

  throttle(): void {
    this.throttled = true;
  }

  /** Returns to normal. The held bytes come first. */
  resume(): void {
    this.stalled = this.throttled = false;
    void this.forward();
  }

  private enqueue(item: Buffer | (() => void)): void {
    this.queue.push(item);
    void this.forward();
  }

  private async forward(): Promise<void> {
    if (this.forwarding) return;
    this.forwarding = true;
    for (let item; !this.stalled && (item = this.queue.shift());) {
      if (typeof item === 'function') {
        item();
        continue;
      }
      const size = Math.min(item.length, this.due, this.throttled ? 1 : Infinity);
      if (size < item.length) this.queue.unshift(item.subarray(size));
      if (!this.sink.writable) continue;
      if (!this.sink.write(item.subarray(0, size))) this.source.pause();
      this.bytes += size;
      this.due -= size;
      this.actWhenDue();
      // The other end reads the byte before the next one is written.
      if (this.throttled) await turn();
    }
    this.forwarding = false;
  }

  private actWhenDue(): void {
    if (this.due > 0) return;
    this.due = Infinity;
    this.onDue();
  }
}

/** A client's connection to the relay, and the relay's connection to the server. */
export class RelayedConnection {
  readonly toClient: Flow;
  readonly toServer: Flow;

  constructor(
    readonly relay: TcpRelay,
    /** 0 for the relay's first connection. */
    readonly index: number,
    readonly client: Socket,
    readonly server: Socket,
  ) {
    this.toClient = new Flow(server, client);
    this.toServer = new Flow(client, server);
  }

  make(fault: RelayFault): void {
    this.relay.faults[fault]++;
    FAULTS[fault](this);
  }

  /** Drops both ends, even if they are stalled. */
  drop(): void {
    this.client.destroy();
    this.server.destroy();
  }

  /** Ends a stall or throttling. */
  resume(): void {
    this.toServer.resume();
    this.toClient.resume();
  }

  /** Resolves when the client has closed or lost the connection. */
  async clientGone(): Promise<void> {
    const { client } = this;
    // Not `once` of node:events, which would reject on a reset.
    if (!client.readableEnded && !client.destroyed) {
      await new Promise<void>(resolve => client.once('end', resolve).once('close', () => resolve()));
    }
  }
}

/**
 * A TCP relay on its own loopback port, in front of a server on another port. It knows nothing about HTTP, keeps the order of the bytes, and makes
 * the faults that a plan or a spec requests.
 */
export class TcpRelay {
  readonly connections: RelayedConnection[] = [];
  /** The number of times that each fault was made. */
  readonly faults = Object.fromEntries(RELAY_FAULTS.map(fault => [fault, 0])) as Record<RelayFault, number>;
  private readonly arrivals = new ReplaySubject<RelayedConnection>(Infinity);
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer({ allowHalfOpen: true, noDelay: true }, client => this.relay(client));
  private ownPort = 0;
  private closed = false;

  private constructor(
    private readonly target: number,
    private readonly plan: (connection: RelayedConnection) => void,
  ) {}

  /** Starts a relay in front of the server on the port `target`. Calls `plan` with each connection before a byte is forwarded. */
  static async start(
    target: number,
    plan: (connection: RelayedConnection) => void = () => undefined,
  ): Promise<TcpRelay> {
    const relay = new TcpRelay(target, plan);
    await relay.accept();
    return relay;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.ownPort}`;
  }

  get url(): string {
    return `${this.origin}/stream`;
  }

  get listening(): boolean {
    return this.server.listening;
  }

  /** Resolves to the connection with that index when it arrives. */
  connection(index: number): Promise<RelayedConnection> {
    return firstValueFrom(this.arrivals.pipe(filter(connection => connection.index === index)));
  }

  /** Stops listening: new connections are refused. Open connections continue. */
  refuse(): void {
    this.server.close();
  }

  /** Listens, on the same port as before. */
  async accept(): Promise<void> {
    this.server.listen(this.ownPort, '127.0.0.1');
    await once(this.server, 'listening');
    this.ownPort = (this.server.address() as AddressInfo).port;
  }

  async restart(): Promise<void> {
    if (!this.server.listening) return;
    this.refuse();
    this.drop();
    for (let turns = 0; turns < 20; turns++) await turn();
    if (!this.closed) await this.accept();
  }

  /** Drops every connection, and stops listening. */
  async close(): Promise<void> {
    this.closed = true;
    const closed = once(this.server, 'close');
    this.refuse();
    this.drop();
    await closed;
  }

  private drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private relay(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    }
    const connection = new RelayedConnection(this, this.connections.length, client, server);
    this.connections.push(connection);
    this.plan(connection);
    this.arrivals.next(connection);
  }
}
