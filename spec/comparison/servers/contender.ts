import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** The configuration of a contender's server. */
export interface ServerConfig {
  readonly redisUrl: string;
  /** A folder that survives the process. */
  readonly folder: string;
  /**
   * Settings other than the best ones for resuming: those of the library's own example, or a history that is as short
   * as possible.
   */
  readonly variant?: 'example' | 'short history';
}

/** A server of a contender, inside its process. */
export interface ContenderServer {
  /** The URL of its event stream. */
  readonly url: string;
  /** Fulfilled when the message with this number is published, as far as the library reports that. */
  publish(number: number, padding: string): Promise<unknown>;
  /** Removes the published messages from the history, in the way of the library. */
  forget(): Promise<unknown>;
}

/** The function `serve` that each module in `contenders/` exports. */
export type Serve = (config: ServerConfig) => Promise<ContenderServer>;

/** Listens on any free port of this machine. Returns the origin. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
