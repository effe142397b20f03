import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { filter, map, take } from 'rxjs';
import { type EventSourceOptions, fromEventSource, type ServerSentEvent } from '../../src/index.js';
import { observe } from './observe.js';
import { Random } from './random.js';
import { firstSeed } from './random-stream.js';
import { TcpRelay } from './tcp-relay.js';

/** The number of events that a run receives. */
const EVENTS = 1000;

/** Returns the data of the n-th event, from 1: plain text, or text with everything that an encoding can get wrong. */
export const numberedData = (n: number): string => (n % 2 ? `${n}` : `\n Straße ${n} 𝄞\n`);

/** Returns the data of the events 1 to `last`. */
export const numberedDataUpTo = (last: number): string[] =>
  Array.from({ length: last }, (_, index) => numberedData(index + 1));

/**
 * Yields the events that a handler sends after the requested position: the numbered events up to `last`, with their
 * numbers as IDs.
 */
export async function* numberedEventsAfter(
  lastEventId: string | null | undefined,
  last = EVENTS,
): AsyncGenerator<{ id: string; data: string }> {
  for (let n = Number(lastEventId ?? 0) + 1; n <= last; n++) {
    await turn();
    yield { id: `${n}`, data: numberedData(n) };
  }
}

/** Returns the name and version of an installed package, such as `better-sse 0.16.1`. */
export function nameAndVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return `${name} ${version}`;
}

export interface RunThroughCutsOptions {
  /** Name and version of the server, for the printed line. */
  readonly server: string;
  /** The URL that sends events with the data of `numberedData`, from 1, after the requested position. */
  readonly url: string;
  /** The options of the stream, or a function that receives the stream's URL: that of the relay, not `url`. */
  readonly options?: EventSourceOptions | ((url: string) => EventSourceOptions);
  /** The minimum and maximum number of bytes that a connection carries until it is cut, including response headers. */
  readonly bytes?: readonly [least: number, most: number];
  /** Converts the server's form of an event back to the data of `numberedData`. `undefined` if the event has none. */
  readonly dataOf?: (event: ServerSentEvent) => string | undefined;
}

let relay: TcpRelay | undefined;
afterEach(() => relay?.close());

/**
 * Receives 1000 events over connections that are cut after every few events, in the middle of one or not, and prints
 * the effort. The seed decides the cuts: `SEED=…` repeats them.
 */
export async function runThroughCuts({
  server,
  url,
  options = {},
  bytes = [1, 800],
  dataOf = ({ data }) => data,
}: RunThroughCutsOptions): Promise<{ data: string[]; cuts: number }> {
  const startedAt = performance.now();
  const random = new Random(firstSeed);
  const { port, pathname } = new URL(url);
  relay = await TcpRelay.start(Number(port), connection =>
    connection.toClient.after(random.between(...bytes), () => connection.make(random.pick(['cut', 'resetClient']))),
  );
  const relayed = relay.origin + pathname;
  const { reconnect, ...others } = typeof options === 'function' ? options(relayed) : options;
  const data = await observe(
    fromEventSource(relayed, {
      // Ignores the server's retry time. Other specs test it, and here it would only add hundreds of waits.
      reconnect: { delay: 1, maxDelay: 10, serverDelay: false, ...reconnect },
      ...others,
    }).pipe(
      map(dataOf),
      filter(text => text !== undefined),
      take(EVENTS),
    ),
  ).completed();

  const { connections, faults } = relay;
  const cuts = faults.cut + faults.resetClient;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    `${server}, SEED=${firstSeed}: ${data.length} events, ${connections.length} connections, ${cuts} cuts, ${seconds} s\n`,
  );
  return { data, cuts };
}
