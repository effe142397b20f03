// What a message costs a Redis that several processes read: each has one XREAD that waits, as the chat's servers have it.
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import { leastSquares } from '../../scaling/growth.mjs';

const KEY = 'bench';
/** Messages a second: so few that each is read by itself. */
const RATE = 100;
const MESSAGE = { author: 'ada', message: 'x'.repeat(90), at: '1764500000000' };

async function connect(url) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Reads until so many messages have come. */
async function follow(client, count) {
  let id = '$';
  for (let seen = 0; seen < count;) {
    const [{ messages }] = await client.xRead([{ key: KEY, id }], { BLOCK: 0 });
    seen += messages.length;
    id = messages.at(-1).id;
  }
}

/** CPU time of Redis for a message that so many read, in microseconds. */
async function costAt(redis, readers, count) {
  const clients = await Promise.all(Array.from({ length: readers }, () => connect(redis.url)));
  const poster = await connect(redis.url);
  const following = Promise.all(clients.map(client => follow(client, count)));
  // All wait by now.
  await pause(200);
  const before = await redis.used();
  for (let i = 0; i < count; i++) {
    await poster.xAdd(KEY, '*', MESSAGE);
    await pause(1000 / RATE);
  }
  await following;
  const after = await redis.used();
  for (const client of [...clients, poster]) client.destroy();
  return (after.cpu - before.cpu) / count;
}

/**
 * @param {Awaited<ReturnType<typeof import('../lib/programs.mjs').startRedis>>} redis
 * @param {boolean} quick
 */
export async function readersOf(redis, quick) {
  const readers = quick ? [1, 5] : [1, 10, 20, 40];
  const costs = [];
  for (const count of readers) costs.push(await costAt(redis, count, quick ? 20 : 300));
  const { slope } = leastSquares(readers, [costs]);
  return { readers, costs, each: slope };
}
