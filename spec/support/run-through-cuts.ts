import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { filter, map, take } from 'rxjs';
import { type EventSourceOptions, fromEventSource, type ServerSentEvent } from '../../src/index.js';
import { observe } from './observe.js';
import { Random } from './random.js';
import { firstSeed } from './random-stream.js';
import { TcpRelay } from './tcp-relay.js';

/** How many events a run receives. */
const EVENTS = 1000;

/** What the data of the n-th event is, the first being 1: plain, or with all in it that an encoding may get wrong. */
export const numberedData = (n: number): string => (n % 2 ? `${n}` : `\n Straße ${n} 𝄞\n`);

/** The data of the events 1 to `last`. */
export const numberedDataUpTo = (last: number): string[] =>
  Array.from({ length: last }, (_, index) => numberedData(index + 1));

/** What a handler sends that resumes after the position that it is asked for: the numbered events to `last`, their numbers as ids. */
export async function* numberedEventsAfter(
  lastEventId: string | null | undefined,
  last = EVENTS,
): AsyncGenerator<{ id: string; data: string }> {
  for (let n = Number(lastEventId ?? 0) + 1; n <= last; n++) {
    await turn();
    yield { id: `${n}`, data: numberedData(n) };
  }
}

/** `better-sse 0.16.1`: the name and the version of an installed package. */
export function nameAndVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return `${name} ${version}`;
}

export interface RunThroughCutsOptions {
  /** Name and version of the server, for the line that is printed. */
  readonly server: string;
  /** Where it sends events with the data of `numberedData`, from 1 on, after the position that it is asked for. */
  readonly url: string;
  /** The options of the stream; a function of the URL if they need it, which is the relay's and not `url`. */
  readonly options?: EventSourceOptions | ((url: string) => EventSourceOptions);
  /** How many bytes a connection carries, at the least and at the most, until it is cut; the heads of answers are among them. */
  readonly bytes?: readonly [least: number, most: number];
  /** Gets the data of `numberedData` back where the server has a form of its own for it; `undefined` where an event has none. */
  readonly dataOf?: (event: ServerSentEvent) => string | undefined;
}

let relay: TcpRelay | undefined;
afterEach(() => relay?.close());

/**
 * Receives 1000 events over connections that are cut after every few of them, in the middle of an event or not, and prints
 * what it took. The seed decides the cuts: `SEED=…` repeats them.
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
      // What a server says of the time to wait is shown elsewhere; here it would only take that time, hundreds of times.
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
