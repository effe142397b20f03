import { describe, expect, it } from '@jest/globals';
import { postMessage } from '../../examples/chat/client/post-message.js';
import { ChatCluster } from '../../examples/chat/several/chat-cluster.js';
import { ChatReader } from '../support/chat-reader.js';
import { Random } from '../support/random.js';
import { until } from '../support/until.js';

const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const MESSAGES = 20_000;
const READERS = 200;
/** How many messages the chat keeps. A client that is away for longer misses messages. */
const HISTORY = 3_000;
/** How many users post at once, and after how many messages there is a fault. */
const POSTERS = 32;
const PEACE = 600;

describe('three servers behind nginx, on one Redis', () => {
  it.each([0, 1, 2])(
    `deliver each message once in order, or an exact gap, though servers and Redis are killed (SEED=${SEED} + %i) [pitfall 63]`,
    async run => {
      const random = new Random(SEED + run);
      const cluster = await ChatCluster.start({ history: HISTORY, retry: 100, heartbeat: 1_000 });
      const readers = Array.from({ length: READERS }, () => new ChatReader(`${cluster.origin}/chat/stream`));
      try {
        for (const reader of readers) reader.start();
        await until(() => readers.every(({ reconnects }) => reconnects > 0), 60_000);
        const posted = new Map<number, string>();
        const troubles = new Troubles(cluster, readers, posted, random);
        await postAll(cluster, posted, () => troubles.next());
        const { id: last } = await postUntilStored(cluster, 'the end');
        const told = { seed: SEED + run, last };
        await until(() => readers.every(reader => reader.last === last), 300_000);

        expect({ ...told, faults: readers.flatMap(({ faults }) => faults) }).toEqual({ ...told, faults: [] });
        // The text of each number, from the responses to posts and from all readers.
        const said = new Map(posted);
        for (const reader of readers) {
          const wrong = reader.got.filter((text, number) => (said.get(number) ?? text) !== text);
          expect({ ...told, wrong }).toEqual({ ...told, wrong: [] });
          reader.got.forEach((text, number) => said.set(number, text));
          const lost = numbersTo(last).filter(number => reader.got[number] === undefined && !reader.missed.has(number));
          expect({ ...told, lost }).toEqual({ ...told, lost: [] });
        }
        // No acknowledged message was lost, and no message was stored twice.
        expect({ ...told, stored: said.size }).toEqual({ ...told, stored: last });
        expect({ ...told, texts: new Set(said.values()).size }).toEqual({ ...told, texts: last });
        expect(posted.size).toBe(MESSAGES);
        expect({ ...told, gaps: readers.filter(({ gaps }) => gaps > 0).length }).not.toEqual({ ...told, gaps: 0 });
        // Redis saves each write, so only readers that were away for too long miss messages.
        const present = readers.filter(reader => !troubles.away.has(reader));
        expect({ ...told, gaps: present.filter(({ gaps }) => gaps > 0).length }).toEqual({ ...told, gaps: 0 });
        expect(present.length).toBeGreaterThan(0);
        // Each server was killed, so each reader has lost a connection. Most continue with another server.
        const uncut = readers.filter(({ reconnects }) => reconnects === 1).length;
        expect({ ...told, uncut }).toEqual({ ...told, uncut: 0 });
        expect(readers.filter(({ servers }) => servers.size > 1).length).toBeGreaterThan(READERS / 2);
      } finally {
        for (const reader of readers) reader.stop();
        await cluster.close();
      }
    },
    600_000,
  );
});

/**
 * Posts all messages, several at once, and adds the stored ones to `posted` by number. Calls `trouble` every `PEACE`
 * messages.
 */
async function postAll(cluster: ChatCluster, posted: Map<number, string>, trouble: () => Promise<void>): Promise<void> {
  const troubles: Promise<void>[] = [];
  let next = 0;
  const poster = async () => {
    while (posted.size < MESSAGES) {
      const text = `message ${next++}`;
      // A message whose request was cut may be stored or not. It isn't sent again.
      const stored = await postMessage(cluster.origin, { author: 'ada', message: text }).catch(() => undefined);
      if (!stored || posted.size >= MESSAGES) continue;
      posted.set(stored.id, text);
      if (posted.size % PEACE === 0) troubles.push(trouble());
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, poster));
  await Promise.all(troubles);
}

async function postUntilStored(cluster: ChatCluster, text: string) {
  for (let attempt = 1; ; attempt++) {
    const stored = await postMessage(cluster.origin, { author: 'ada', message: `${text} ${attempt}` }).catch(
      () => undefined,
    );
    if (stored) return stored;
  }
}

type Trouble = 'server' | 'redis' | 'frozenRedis' | 'away';

/** The faults: each kind once, each server once, and then at random. */
class Troubles {
  /** The readers that were away for longer than the history reaches back. */
  readonly away = new Set<ChatReader>();
  private readonly first: Trouble[] = ['server', 'redis', 'frozenRedis', 'away', 'server', 'server'];
  private readonly unkilled = [...this.cluster.servers];

  constructor(
    private readonly cluster: ChatCluster,
    private readonly readers: readonly ChatReader[],
    private readonly posted: ReadonlyMap<number, string>,
    private readonly random: Random,
  ) {}

  /** Resolves when everything works again. */
  async next(): Promise<void> {
    const { cluster, random } = this;
    const kind = this.first.shift() ?? random.weighted({ server: 5, redis: 2, frozenRedis: 1, away: 3 });
    if (kind === 'server') {
      const server = this.unkilled.shift() ?? random.pick(cluster.servers);
      if (!server.running) return;
      await server.kill();
      await server.start();
    } else if (kind === 'redis') {
      await cluster.redis?.kill();
      await cluster.redis?.start();
    } else if (kind === 'frozenRedis') {
      cluster.redis?.signal('SIGSTOP');
      // Freezes Redis until a request is refused. This message may be stored or not when Redis continues.
      const message = `frozen ${random.between(0, 2 ** 50)}`;
      await postMessage(cluster.origin, { author: 'ada', message }).catch(() => undefined);
      cluster.redis?.signal('SIGCONT');
    } else await this.sendAway();
  }

  private async sendAway(): Promise<void> {
    // Two of these calls may overlap, and each brings back only the readers that it has sent away.
    const away = this.readers.filter(reader => this.random.chance(0.05) && reader.running);
    for (const reader of away) {
      this.away.add(reader);
      reader.stop();
    }
    // Counts the posted messages, not those of a reader: another call may have sent that reader away.
    const enough = Math.min(this.posted.size + HISTORY + 500, MESSAGES - PEACE);
    await until(() => this.posted.size >= enough, 300_000);
    for (const reader of away) reader.start();
  }
}

const numbersTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
