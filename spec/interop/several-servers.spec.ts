import { describe, expect, it } from '@jest/globals';
import { postMessage } from '../../examples/chat/client/post-message.js';
import { ChatCluster } from '../../examples/chat/several/chat-cluster.js';
import { ChatReader } from '../support/chat-reader.js';
import { Random } from '../support/random.js';
import { until } from '../support/until.js';

const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const MESSAGES = 20_000;
const READERS = 200;
/** How many messages the chat keeps: who is away for longer hears what it misses. */
const HISTORY = 3_000;
/** How many people post at once, and after how many messages something goes wrong. */
const POSTERS = 16;
const PEACE = 600;

describe('three servers behind nginx, on one Redis', () => {
  it.each([0, 1, 2])(
    `servers and Redis killed and started again: each client has each message once, in order, or hears what it misses (SEED=${SEED} + %i)`,
    async run => {
      const random = new Random(SEED + run);
      const cluster = await ChatCluster.start({ history: HISTORY, retry: 100, heartbeat: 1_000 });
      const readers = Array.from({ length: READERS }, () => new ChatReader(`${cluster.origin}/chat/stream`));
      try {
        for (const reader of readers) reader.start();
        const posted = await postAll(cluster, () => trouble(cluster, readers, random));
        const { id: last } = await postUntilStored(cluster, 'the end');
        const told = { seed: SEED + run, last };
        await until(() => readers.every(reader => reader.last === last), 300_000);

        expect({ ...told, faults: readers.flatMap(({ faults }) => faults) }).toEqual({ ...told, faults: [] });
        // What each number was given to, by those who posted and by all who read.
        const said = new Map(posted);
        for (const reader of readers) {
          const wrong = reader.got.filter((text, number) => (said.get(number) ?? text) !== text);
          expect({ ...told, wrong }).toEqual({ ...told, wrong: [] });
          reader.got.forEach((text, number) => said.set(number, text));
          const lost = numbersTo(last).filter(number => reader.got[number] === undefined && !reader.missed.has(number));
          expect({ ...told, lost }).toEqual({ ...told, lost: [] });
        }
        // Nothing that was acknowledged was lost, and nothing was stored twice.
        expect({ ...told, stored: said.size }).toEqual({ ...told, stored: last });
        expect({ ...told, texts: new Set(said.values()).size }).toEqual({ ...told, texts: last });
        expect(posted.size).toBe(MESSAGES);
        expect(readers.some(({ gaps }) => gaps > 0)).toBe(true);
        expect(readers.every(({ reconnects }) => reconnects > 1)).toBe(true);
      } finally {
        for (const reader of readers) reader.stop();
        await cluster.close();
      }
    },
    600_000,
  );
});

/** Posts all messages, by several at once, and answers with what was stored by number. `trouble` is made every `PEACE` messages. */
async function postAll(cluster: ChatCluster, trouble: () => Promise<void>): Promise<Map<number, string>> {
  const posted = new Map<number, string>();
  const troubles: Promise<void>[] = [];
  let next = 0;
  const poster = async () => {
    while (posted.size < MESSAGES) {
      const text = `message ${next++}`;
      // A message whose request was cut may be stored, or not: it isn't sent again.
      const stored = await postMessage(cluster.origin, { author: 'ada', message: text }).catch(() => undefined);
      if (!stored || posted.size >= MESSAGES) continue;
      posted.set(stored.id, text);
      if (posted.size % PEACE === 0) troubles.push(trouble());
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, poster));
  await Promise.all(troubles);
  return posted;
}

async function postUntilStored(cluster: ChatCluster, text: string) {
  for (let attempt = 1; ; attempt++) {
    const stored = await postMessage(cluster.origin, { author: 'ada', message: `${text} ${attempt}` }).catch(
      () => undefined,
    );
    if (stored) return stored;
  }
}

/** Something goes wrong. Fulfilled once it is well again. */
async function trouble(cluster: ChatCluster, readers: readonly ChatReader[], random: Random): Promise<void> {
  const kind = random.weighted({ server: 5, redis: 2, frozenRedis: 1, away: 3 });
  if (kind === 'server') {
    const server = random.pick(cluster.servers);
    if (!server.running) return;
    await server.kill();
    await server.start();
  } else if (kind === 'redis') {
    await cluster.redis?.kill();
    await cluster.redis?.start();
  } else if (kind === 'frozenRedis') {
    cluster.redis?.signal('SIGSTOP');
    // Until somebody is refused: whether this message is stored when it goes on, nobody knows.
    await postMessage(cluster.origin, { author: 'ada', message: `frozen ${random.between(0, 2 ** 50)}` }).catch(
      () => undefined,
    );
    cluster.redis?.signal('SIGCONT');
  } else {
    // Some are away until the history has left them behind.
    // Two of these troubles may overlap, and each brings back those that it has sent away.
    const away = readers.filter(reader => random.chance(0.05) && reader.running);
    for (const reader of away) reader.stop();
    const present = readers.find(reader => !away.includes(reader));
    const from = present?.last ?? 0;
    await until(() => (present?.last ?? 0) >= Math.min(from + HISTORY + 500, MESSAGES - PEACE), 300_000);
    for (const reader of away) reader.start();
  }
}

const numbersTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
