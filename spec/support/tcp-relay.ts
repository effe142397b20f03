import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';

/** What a relay can do to a connection. */
const FAULTS = {
  /** Both ends are closed, by a FIN each. */
  cut: ({ client, server }) => {
    client.destroySoon();
    server.destroySoon();
  },
  /** The client gets a RST, the server a FIN. */
  resetClient: ({ client, server, toClient }) => {
    void reset(client, toClient);
    server.destroySoon();
  },
  /** The server gets a RST, the client a FIN. */
  resetServer: ({ client, server, toServer }) => {
    void reset(server, toServer);
    client.destroySoon();
  },
  /** Half-closed: the client gets a FIN, and what it says itself still gets through. */
  endClient: ({ client }) => client.end(),
  /** Half-closed: the server gets a FIN, and what it says itself still gets through. */
  endServer: ({ server }) => server.end(),
  /** Half-open: nothing gets through any more, not even that one of the two has gone, and no connection is closed. */
  stall: connection => {
    connection.toClient.stall();
    connection.toServer.stall();
  },
  /** Half-open in one direction. */
  stallClient: ({ toClient }) => toClient.stall(),
  /** Half-open in the other. */
  stallServer: ({ toServer }) => toServer.stall(),
  /** From here on each byte is a segment of its own. */
  throttle: ({ toClient, toServer }) => {
    toClient.throttle();
    toServer.throttle();
  },
  /** Every connection is cut, nobody listens for a moment, and then somebody does again. */
  restart: ({ relay }) => void relay.restart(),
} satisfies Record<string, (connection: RelayedConnection) => void>;
export type RelayFault = keyof typeof FAULTS;
export const RELAY_FAULTS = Object.keys(FAULTS) as RelayFault[];

/**
 * Closes `socket` by a RST. A moment after the last bytes: where both come at once, Node tells its reader of an end and not of
 * a reset (libuv takes EPOLLHUP after a short read for the end).
 */
async function reset(socket: Socket, flow: Flow): Promise<void> {
  flow.stall();
  await turn();
  await turn();
  socket.resetAndDestroy();
}

/** One direction of a connection. Its bytes, and its end after them, arrive in order or not at all. */
class Flow {
  /** How many bytes went through. */
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
    // It always reads, so that it sees its source go also where nothing gets through.
    source
      .on('data', (bytes: Buffer) => this.enqueue(bytes))
      .on('end', () => this.enqueue(() => sink.end()))
      .on('error', () => undefined)
      .on('close', hadError => this.enqueue(() => (hadError ? void reset(sink, this) : sink.destroySoon())));
    sink.on('drain', () => source.resume());
  }

  /** Does something as soon as `bytes` more have gone through, and before the next does. It replaces what was to be done so far. */
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

  /** Goes on as if nothing had been. What was held back comes first. */
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
      // The other end reads the byte before the next is written.
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

/** A connection of a client to the relay, and that of the relay to the server. */
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

  /** Drops both ends, whatever is stalled. */
  drop(): void {
    this.client.destroy();
    this.server.destroy();
  }

  /** Ends a stall or a throttling. */
  resume(): void {
    this.toServer.resume();
    this.toClient.resume();
  }

  /** Fulfilled when the client has let go of the connection, or has lost it. */
  async clientGone(): Promise<void> {
    const { client } = this;
    // Not by `once` of node:events: a reset is one of the ways to go.
    if (!client.readableEnded && !client.destroyed) {
      await new Promise<void>(resolve => client.once('end', resolve).once('close', () => resolve()));
    }
  }
}

/**
 * A TCP relay on a loopback port of its own, before a server on another. It knows nothing of HTTP, keeps the order of the
 * bytes, and makes the faults that it is told to make, by a plan or by a spec.
 */
export class TcpRelay {
  readonly connections: RelayedConnection[] = [];
  /** How often each fault was made. */
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

  /** Starts one before the server on the port `target`. `plan` is asked about each connection before any byte went through. */
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

  /** The connection of that index, once it has come. */
  connection(index: number): Promise<RelayedConnection> {
    return firstValueFrom(this.arrivals.pipe(filter(connection => connection.index === index)));
  }

  /** Listens no more: who connects is refused. The connections there are go on. */
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

  /** Drops every connection, and listens no more. */
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
