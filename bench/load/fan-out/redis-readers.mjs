// What a message costs a Redis that several processes read: each has one XREAD that waits for all of its rooms, as the chat's servers have it.
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import { leastSquares } from '../../scaling/growth.mjs';
import { cpuTime } from '../lib/measures.mjs';

const FULL = { readers: [1, 10, 20, 40], rooms: [1, 100, 300, 1000], messages: 300 };
const QUICK = { readers: [1, 5], rooms: [1, 50], messages: 20 };
/** Messages a second: so few that each is read by itself. */
const RATE = 100;
const MESSAGE = { author: 'ada', message: 'x'.repeat(90), at: '1764500000000' };
/** The id of the first message in each room. */
const FIRST = '1-1';

/** The room of that number; the first one is the one that messages come in. */
const roomOf = number => `bench:{${number}}:messages`;

async function connect(url) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Reads a number of rooms, until a number of messages have arrived in the first one. */
async function follow(client, rooms, id, count) {
  const others = Array.from({ length: rooms - 1 }, (_, i) => ({ key: roomOf(i + 1), id: FIRST }));
  for (let seen = 0; seen < count;) {
    const [{ messages }] = await client.xRead([{ key: roomOf(0), id }, ...others], { BLOCK: 0 });
    seen += messages.length;
    id = messages.at(-1).id;
  }
}

/** CPU time of Redis for a message that so many processes read, each of which follows so many rooms, and that of this process, which is all of them; in µs. */
async function costAt(redis, readers, rooms, messages) {
  const poster = await connect(redis.url);
  await Promise.all(Array.from({ length: rooms }, (_, i) => poster.del(roomOf(i))));
  await Promise.all(Array.from({ length: rooms }, (_, i) => poster.xAdd(roomOf(i), FIRST, MESSAGE)));
  const clients = await Promise.all(Array.from({ length: readers }, () => connect(redis.url)));
  const following = Promise.all(clients.map(client => follow(client, rooms, FIRST, messages)));
  // All wait by now.
  await pause(200);
  const before = await redis.used();
  const own = cpuTime();
  for (let i = 0; i < messages; i++) {
    await poster.xAdd(roomOf(0), '*', MESSAGE);
    await pause(1000 / RATE);
  }
  await following;
  const ownAfter = cpuTime();
  const after = await redis.used();
  for (const client of [...clients, poster]) client.destroy();
  return { redis: (after.cpu - before.cpu) / messages, own: (ownAfter - own) / messages };
}

/** The result of `costOf` at each of `sizes`, and the cost of one more. */
async function growth(sizes, costOf) {
  const found = [];
  for (const size of sizes) found.push(await costOf(size));
  const of = key => {
    const costs = found.map(costs => costs[key]);
    return { costs, each: leastSquares(sizes, [costs]).slope };
  };
  return { sizes, redis: of('redis'), own: of('own') };
}

/**
 * By processes, which follow one room each; and by the rooms that one process follows.
 *
 * @param {Awaited<ReturnType<typeof import('../lib/programs.mjs').startRedis>>} redis
 * @param {boolean} quick
 */
export async function readersOf(redis, quick) {
  const { readers, rooms, messages } = quick ? QUICK : FULL;
  return {
    processes: await growth(readers, count => costAt(redis, count, 1, messages)),
    rooms: await growth(rooms, count => costAt(redis, 1, count, messages)),
  };
}
