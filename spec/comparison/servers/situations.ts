import { Random } from '../../support/random.js';
import { Bed } from './bed.js';
import type { ServerConfig } from './contender.js';
import { CONTENDERS } from './contenders.js';
import type { Reader } from './reader.js';
import type { ServerProcess } from './server-process.js';
import { comeBack, follow, isWholeFrom, LEFT_AT, leave, missing, notices, outcome } from './steps.js';

/** Returns the text of a contender’s cell. */
type Measure = (name: string) => Promise<string>;

/** The question doesn’t apply. */
const NONE = '—';

/** The questions about each server. */
export const SITUATIONS: Record<string, Measure> = {
  'If the producer is killed, a reader notices it or continues with the next producer': on(async bed => {
    const producer = await bed.start();
    const server = bed.isShared ? await bed.start() : producer;
    const reader = await follow(bed, 50, producer, server);
    await producer.kill();
    const next = await bed.start();
    // Three later readers receive their messages first, one after the other. If nothing has happened by then, nothing will.
    for (let number = 51; number <= 53; number++) {
      const other = await bed.read(bed.isShared ? server : next, reader.idOf(50));
      if (!bed.hasOneProducer) await next.publish(number, number);
      await other.upTo(number);
    }
    if (reader.isOver) return '✓ its stream ends';
    return reader.numbers.includes(51) ? '✓ continues' : '✗ hangs';
  }),

  'If the producer is killed, a reader that reconnects gets everything that was published': on(async bed => {
    const producer = await bed.start();
    const id = await leave(bed, 50, producer);
    await producer.kill();
    const next = await bed.start();
    return outcome(await comeBack(bed, id, next, 50, bed.hasOneProducer ? undefined : next), 50);
  }),

  'If the server is restarted, a reader that reconnects gets all messages': on(async bed => {
    const producer = await bed.start();
    const server = bed.isShared ? await bed.start() : producer;
    const id = await leave(bed, 50, producer, server);
    await server.kill();
    const restarted = await bed.start();
    const goesOn = bed.isShared ? producer : restarted;
    await goesOn.publish(51, 60);
    return outcome(await comeBack(bed, id, restarted, 60, goesOn), 60);
  }),

  'If 200 readers reconnect while messages arrive at full speed, each gets every message once': on(async bed => {
    const server = await bed.start();
    const watcher = await follow(bed, 1, server);
    const stop = server.run(2);
    await watcher.upTo(100);
    const random = new Random(Number(process.env['SEED'] ?? 1));
    let faults = 0;
    for (let round = 0; round < 25; round++) {
      const joins = Array.from({ length: 8 }, () => joins50Behind(bed, server, watcher, random));
      for (const isWhole of await Promise.all(joins)) if (!isWhole) faults++;
    }
    await stop();
    return faults === 0 ? '✓ all do' : `✗ ${faults} don’t`;
  }),

  'A reader that reconnects after 300 messages gets all of them': withBothSettings(async (bed, variant) => {
    const server = await bed.start(variant);
    const id = await leave(bed, LEFT_AT + 300, server);
    // Without a history, only a later message shows that nothing arrives.
    const producer = bed.contender.keepsIn === 'memory' ? server : undefined;
    return outcome(await comeBack(bed, id, server, LEFT_AT + 300, producer), LEFT_AT + 300);
  }),

  'If the history is gone, a reader that reconnects notices it': on(async bed => {
    const server = await bed.start('short history');
    const id = await leave(bed, 60, server);
    await server.forget();
    return notices(await comeBack(bed, id, server, 60, bed.hasOneProducer ? undefined : server), 61, 60);
  }),

  'If all messages are lost and new ones arrive, a reader that reconnects notices it': on(async bed => {
    const server = await bed.start();
    const id = await leave(bed, 60, server);
    const next = await bed.loseMessages(server);
    await next.publish(61, 100);
    return notices(await comeBack(bed, id, next, 100, next), 61, 100);
  }),

  'If Redis restarts while messages arrive, the server continues': on(async bed => {
    if (!bed.isShared) return NONE;
    const server = await bed.start();
    await follow(bed, 1, server);
    for (let restart = 0; restart < 10 && server.isAlive; restart++) {
      // Publishing may fail.
      const published = server.publish(2, 300).catch(() => undefined);
      await bed.loseMessages(server);
      await published;
    }
    if (!server.isAlive) return '✗ its process exits';
    await follow(bed, 301, server);
    return '✓ continues';
  }),

  'If two servers publish and one stalls for a moment, no message is lost': on(async bed => {
    if (!bed.isShared || bed.hasOneProducer) return NONE;
    const stalling = await bed.start();
    const server = await bed.start();
    const lost = await loseByStalls(bed, stalling, server);
    return lost === 0 ? '✓ loses none' : '✗ loses some, silently';
  }),

  'If a reader stops reading for a while, no message is lost, and none is kept in memory for it': withBothSettings(
    async (bed, variant) => {
      const [last, padding] = [1500, 1900];
      const producer = await bed.start(variant);
      const server = bed.isShared ? await bed.start(variant) : producer;
      const reader = await follow(bed, LEFT_AT, producer, server);
      const witness = await bed.read(server, reader.idOf(LEFT_AT));
      const goOn = reader.stall();
      await producer.publish(LEFT_AT + 1, last, padding);
      await witness.upTo(last);
      const full = await server.memory();
      goOn();
      await reader.upTo(last);
      const isCut = missing(reader, last) > 0;
      if (isCut && reader.told !== 'end') return '✗ drops some, silently';
      const held = full - (await server.memory());
      if (held >= (last * padding) / 4) return '✗ keeps all in memory';
      if (!isCut) return '✓ loses none';
      const again = await bed.read(server, reader.ids.at(-1));
      await again.upTo(last);
      const isWhole = isWholeFrom(
        LEFT_AT + 1,
        [...reader.numbers, ...again.numbers].filter(number => number > LEFT_AT),
      );
      return isWhole ? '✓ its stream ends, and it gets the rest' : '✗ loses some';
    },
  ),
};

function on(act: (bed: Bed) => Promise<string>): Measure {
  return name => Bed.with(name, act);
}

/** Measures the best settings for resuming. If the library’s example has others, they come first. */
function withBothSettings(act: (bed: Bed, variant?: ServerConfig['variant']) => Promise<string>): Measure {
  return async name => {
    const best = await Bed.with(name, act);
    if (!CONTENDERS[name]?.hasBetterSettings) return best;
    const example = await Bed.with(name, bed => act(bed, 'example'));
    return example === best ? best : `${example} (${best} if configured)`;
  };
}

/** Returns whether a reader that joins at a random moment, after one of the newest 50 messages, receives each later message once, in order. */
async function joins50Behind(bed: Bed, server: ServerProcess, watcher: Reader, random: Random): Promise<boolean> {
  const index = watcher.numbers.length - 1 - random.between(1, 50);
  const [number = 0, id = ''] = [watcher.numbers[index], watcher.ids[index]];
  let reader = await bed.read(server, id);
  // If the only producer is busy, a reader is refused. It has lost nothing, and requests again.
  for (let tries = 1; bed.hasOneProducer && reader.told === 'refusal' && tries < 5; tries++)
    reader = await bed.read(server, id);
  await reader.upTo((watcher.numbers.at(-1) ?? 0) + random.between(1, 40));
  reader.close();
  return !reader.isOver && isWholeFrom(number + 1, reader.numbers);
}

/**
 * One server publishes as fast as it can, and is stalled 30 times at random points. Meanwhile, the other server publishes a message. A reader receives
 * it, and reconnects after it when the first server continues. Returns how many messages of the first server never arrived.
 */
async function loseByStalls(bed: Bed, stalling: ServerProcess, server: ServerProcess): Promise<number> {
  let marker = 1_000_000;
  const witness = await follow(bed, 1, stalling, server);
  let reader = await bed.read(server, witness.idOf(1));
  const stop = stalling.run(2);
  const came = new Set<number>();
  for (let stall = 0; stall < 30; stall++) {
    const goOn = stalling.stall();
    await server.publish(++marker, marker);
    await reader.when(({ numbers }) => numbers.includes(marker));
    reader.close();
    goOn();
    const length = witness.numbers.length + 10;
    await witness.when(({ numbers }) => numbers.length >= length);
    for (const number of reader.numbers) came.add(number);
    reader = await bed.read(server, reader.idOf(marker));
  }
  const last = await stop();
  await server.publish(++marker, marker);
  await reader.when(({ numbers }) => numbers.includes(marker));
  for (const number of reader.numbers) came.add(number);
  return Array.from({ length: last - 1 }, (_, index) => index + 2).filter(number => !came.has(number)).length;
}
