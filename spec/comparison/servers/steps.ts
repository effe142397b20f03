import type { Bed } from './bed.js';
import type { Reader } from './reader.js';
import type { ServerProcess } from './server-process.js';

/** The message after which a reader leaves. It reconnects later. */
export const LEFT_AT = 30;

/** Returns a reader on `server` that has received all messages up to `last` while the producer published them. */
export async function follow(bed: Bed, last: number, producer: ServerProcess, server = producer): Promise<Reader> {
  // Some streams start with the first publication, and a reader may be connected before it receives anything.
  await producer.publish(0, 0);
  const reader = await bed.read(server);
  while (reader.numbers.length === 0) await producer.publish(0, 0);
  await producer.publish(1, last);
  return reader.upTo(last);
}

/** A reader leaves, and the producer continues up to `last`. Returns the id after which the reader left. */
export async function leave(bed: Bed, last: number, producer: ServerProcess, server = producer): Promise<string> {
  const reader = await follow(bed, LEFT_AT, producer, server);
  const id = reader.idOf(LEFT_AT);
  const witness = await bed.read(server, id);
  reader.close();
  await producer.publish(LEFT_AT + 1, last);
  // Messages that the witness has received are published. It stays, because the server’s work after a reader leaves must not disturb the next step.
  await witness.upTo(last);
  return id;
}

/**
 * A reader reconnects for the messages up to `last`. If there is still a producer, one more message shows that all earlier ones have
 * arrived.
 */
export async function comeBack(
  bed: Bed,
  id: string,
  server: ServerProcess,
  last: number,
  producer?: ServerProcess,
): Promise<Reader> {
  const reader = await bed.read(server, id);
  await producer?.publish(last + 1, last + 1);
  return reader.upTo(producer ? last + 1 : last);
}

/** Returns how many of the messages from `first` to `last` a reader hasn’t received. By default, `first` is the message after `LEFT_AT`. */
export function missing({ numbers }: Reader, last: number, first = LEFT_AT + 1): number {
  const came = new Set(numbers);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(number => !came.has(number))
    .length;
}

/** Returns whether the numbers are consecutive, starting with `first`. */
export const isWholeFrom = (first: number, numbers: number[]) =>
  numbers.every((number, after) => number === first + after);

/** Describes whether a reader that reconnected has received all messages up to `last`, each once. */
export function outcome(reader: Reader, last: number): string {
  const total = last - LEFT_AT;
  const lost = missing(reader, last);
  if (lost > 0) return `✗ loses ${lost} of ${total}, ${how(reader)}`;
  return isWholeFrom(LEFT_AT + 1, reader.numbers) ? `✓ all ${total}` : '✗ some twice';
}

/** Describes whether a reader that reconnected notices that messages up to `last` are missing. Those from `first` on still exist. */
export function notices(reader: Reader, first: number, last: number): string {
  if (reader.told) return `✓ ${how(reader)}`;
  return missing(reader, last, first) > 0 ? '✗ notices nothing, and loses new ones' : '✗ notices nothing';
}

function how({ told, status }: Reader): string {
  if (told === 'refusal') return `refused (${status})`;
  return { gap: 'notices the gap', end: 'its stream ends', none: 'silently' }[told ?? 'none'];
}
