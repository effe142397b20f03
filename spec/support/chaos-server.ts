import { NumberedEvents } from './numbered-events.js';
import { Random } from './random.js';
import { type Exchange, SseServer } from './sse-server.js';
import { type RelayedConnection, TcpRelay } from './tcp-relay.js';

/** The faults of a connection and their frequency, in percent. */
const FAULTS = {
  cut: 20,
  resetClient: 18,
  resetServer: 10,
  endClient: 10,
  endServer: 10,
  stall: 2,
  stallClient: 2,
  stallServer: 2,
  throttle: 8,
  restart: 4,
  none: 14,
};

/**
 * Serves numbered events through a relay. A seed decides how each part misbehaves: the server at the HTTP level, and
 * the relay below it. Both count their faults.
 */
export class ChaosServer {
  /** Options that let a client receive everything within a minute. */
  static readonly options = {
    connectTimeout: 250,
    idleTimeout: 150,
    reconnect: { delay: 1, maxDelay: 10 },
  };

  private readonly startedAt = performance.now();

  private constructor(
    private readonly seed: number,
    private readonly events: NumberedEvents,
    private readonly server: SseServer,
    private readonly relay: TcpRelay,
  ) {}

  /**
   * Starts a server for the events 1 to `last`. `look` receives each request before the response. With `longestStall`,
   * a half-open connection is dropped after that many milliseconds, like by a router that has forgotten it.
   */
  static async start(
    seed: number,
    last: number,
    look: (exchange: Exchange) => void = () => undefined,
    longestStall?: number,
  ): Promise<ChaosServer> {
    const events = new NumberedEvents(seed, last);
    const server = await SseServer.start(exchange => {
      look(exchange);
      void events.answer(exchange);
    });
    const relay = await TcpRelay.start(server.port, connection =>
      disturb(connection, new Random(seed + connection.index), longestStall),
    );
    return new ChaosServer(seed, events, server, relay);
  }

  get url(): string {
    return this.relay.url;
  }

  async close(): Promise<void> {
    await this.relay.close();
    await this.server.close();
  }

  /**
   * Prints and returns the counts of everything that happened to `count` events over a transport. Also returns the
   * positions that were requested but never sent: there must be none.
   */
  report(transport: string, count: number): { counts: Record<string, number>; unknownPositions: string[] } {
    const { requests, answers, movedPositions, unknownPositions } = this.events;
    const { connections, faults } = this.relay;
    const counts = { requests, ...answers, connections: connections.length, ...faults, movedPositions };
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `chaos over ${transport}, SEED=${this.seed}: ${count} events, ${JSON.stringify(counts)}, ${seconds} s\n`,
    );
    return { counts, unknownPositions };
  }
}

/** Makes at most one fault, after a random number of bytes. */
function disturb(connection: RelayedConnection, random: Random, longestStall?: number): void {
  const fault = random.weighted(FAULTS);
  if (fault === 'none') return;
  // A request has a few hundred bytes. Half a request gets the status 400, which is final because it looks like the
  // client's fault.
  const [flow, most] =
    fault !== 'endServer' && random.chance(0.2)
      ? [connection.toServer, 300]
      : [connection.toClient, random.pick([0, 400, 4000, 15_000])];
  flow.after(random.between(0, most), () => {
    connection.make(fault);
    if (fault.startsWith('stall') && longestStall !== undefined) {
      setTimeout(() => connection.drop(), longestStall).unref();
    }
    if (fault === 'throttle') flow.after(random.between(1, 300), () => connection.resume());
  });
}
