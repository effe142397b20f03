import { createClient } from 'redis';
import { appendScript } from './append-script.js';

export type RedisConnection = ReturnType<typeof connectToRedis>;

export interface RedisConnectionOptions {
  /** How long a command waits for a connection to be sent on, in milliseconds; from then on it isn't sent. For ever, unless it is given. */
  readonly queueTimeout?: number;
  /** How long the socket may be silent before it counts as dead, in milliseconds. */
  readonly socketTimeout?: number;
  /** How often it asks whether Redis is there, in milliseconds. Never, unless it is given. */
  readonly pingInterval?: number;
  /** Whether it goes on trying if the first connection can't be made. */
  readonly keepsTrying?: boolean;
}

/** A client that is still to be connected. From then on it connects again by itself, and what is asked of it meanwhile waits. */
export function connectToRedis(
  url: string,
  { queueTimeout, socketTimeout, pingInterval, keepsTrying = false }: RedisConnectionOptions = {},
) {
  let isKnown = keepsTrying;
  const client = createClient({
    url,
    scripts: { append: appendScript },
    ...(pingInterval === undefined ? {} : { pingInterval }),
    commandOptions: queueTimeout === undefined ? {} : { timeout: queueTimeout },
    socket: {
      reconnectStrategy: retries => isKnown && Math.min(50 * 2 ** retries, 1_000),
      ...(socketTimeout === undefined ? {} : { socketTimeout }),
    },
  });
  // What fails is what was asked.
  return client.on('error', () => undefined).on('ready', () => (isKnown = true));
}
