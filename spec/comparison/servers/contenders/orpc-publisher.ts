import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { IORedisPublisher } from '@orpc/experimental-publisher/ioredis';
import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { Redis } from 'ioredis';
import { listen, type Serve } from '../contender.js';

/** How long events are kept, in seconds: 2 minutes as in its documentation, or as short as possible. */
const RETENTION = { long: 120, short: 1 };

/**
 * The publisher on Redis with its resume option, behind a procedure that yields the published messages, as its
 * documentation shows it.
 */
export const serve: Serve = async ({ redisUrl, variant }) => {
  const connect = async () => {
    const redis = new Redis(redisUrl).on('error', () => undefined);
    // Before that, the first subscriber receives an error, because ioredis still has a command to send on that
    // connection.
    await once(redis, 'ready');
    return redis;
  };
  const commander = await connect();
  const publisher = new IORedisPublisher<Record<string, { number: number; padding: string }>>({
    commander,
    listener: await connect(),
    resumeRetentionSeconds: variant === 'short history' ? RETENTION.short : RETENTION.long,
    // The default is 100. Events beyond that which a subscriber hasn't taken are dropped.
    ...(variant === 'example' ? {} : { maxBufferedEvents: Infinity }),
  });
  const live = os.route({ method: 'GET' }).handler(async function* ({ signal, lastEventId }) {
    for await (const payload of publisher.subscribe('message', { signal, lastEventId })) yield payload;
  });
  const handler = new RPCHandler({ live });
  const server = createServer((request, response) => {
    void handler.handle(request, response, { prefix: '/rpc' }).then(({ matched }) => {
      if (!matched) response.writeHead(404).end();
    });
  });
  return {
    url: `${await listen(server)}/rpc/live`,
    publish: (number, padding) => publisher.publish('message', { number, padding }),
    async forget() {
      // The key expires after twice the time for which events are kept.
      while (await commander.exists('orpc:publisher:message')) await setTimeout(20);
    },
  };
};
