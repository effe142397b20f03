import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** What a server of a contender is started with. */
export interface ServerConfig {
  readonly redisUrl: string;
  /** A folder that survives the process. */
  readonly folder: string;
  /** Settings other than those that are best for resuming: those of the library's own example, or a history as short as may be. */
  readonly variant?: 'example' | 'short history';
}

/** A server of a contender, inside its process. */
export interface ContenderServer {
  /** Where its event stream is. */
  readonly url: string;
  /** Fulfilled once the message of that number is published, as far as the library says so. */
  publish(number: number, padding: string): Promise<unknown>;
  /** Lets what was published become history that is gone, in the way that it does with this library. */
  forget(): Promise<unknown>;
}

/** What a module of this folder's `contenders/` exports as `serve`. */
export type Serve = (config: ServerConfig) => Promise<ContenderServer>;

/** Listens on any free port of this machine. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
