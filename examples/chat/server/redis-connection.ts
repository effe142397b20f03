import { createClient } from 'redis';
import { appendScript } from './append-script.js';

export type RedisConnection = ReturnType<typeof connectToRedis>;

export interface RedisConnectionOptions {
  /**
   * How long a command waits for a connection, in milliseconds. After that, it isn't sent. By default, it waits
   * forever.
   */
  readonly queueTimeout?: number;
  /** How long the socket may be silent before it counts as dead, in milliseconds. */
  readonly socketTimeout?: number;
  /** How often it asks whether Redis is there, in milliseconds. Never, unless it is given. */
  readonly pingInterval?: number;
  /** Whether it goes on trying if the first connection can't be made. */
  readonly keepsTrying?: boolean;
}

/**
 * Creates a client that isn't connected yet. After connecting, it reconnects automatically, and commands wait
 * meanwhile.
 */
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
  // Errors are reported by the commands.
  return client.on('error', () => undefined).on('ready', () => (isKnown = true));
}
