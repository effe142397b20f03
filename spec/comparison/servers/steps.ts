import type { Bed } from './bed.js';
import type { Reader } from './reader.js';
import type { ServerProcess } from './server-process.js';

/** Behind this message a reader leaves, to come back later. */
export const LEFT_AT = 30;

/** A reader on `server` that is there while the producer publishes the messages up to `last`, and has got them. */
export async function follow(bed: Bed, last: number, producer: ServerProcess, server = producer): Promise<Reader> {
  // Some streams begin with what is published first, and a reader may be connected before it is sent anything.
  await producer.publish(0, 0);
  const reader = await bed.read(server);
  while (reader.numbers.length === 0) await producer.publish(0, 0);
  await producer.publish(1, last);
  return reader.upTo(last);
}

/** A reader leaves, and the producer goes on, up to `last`. Answers the id behind which it left. */
export async function leave(bed: Bed, last: number, producer: ServerProcess, server = producer): Promise<string> {
  const reader = await follow(bed, LEFT_AT, producer, server);
  const id = reader.idOf(LEFT_AT);
  const witness = await bed.read(server, id);
  reader.close();
  await producer.publish(LEFT_AT + 1, last);
  // What others have got has been published. It stays: what a server does when a reader leaves must not meet what comes next.
  await witness.upTo(last);
  return id;
}

/**
 * A reader comes back for the messages up to `last`. If there is somebody who publishes still, one message more shows that all that
 * came before it has come.
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

/** How many of the messages from `first` to `last` have not come to a reader; if nothing is said, from where it left. */
export function missing({ numbers }: Reader, last: number, first = LEFT_AT + 1): number {
  const came = new Set(numbers);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(number => !came.has(number))
    .length;
}

/** Whether it is one number after the other, beginning with that one. */
export const isWholeFrom = (first: number, numbers: number[]) =>
  numbers.every((number, after) => number === first + after);

/** Whether a reader that came back has got all messages up to `last`, each once. */
export function outcome(reader: Reader, last: number): string {
  const total = last - LEFT_AT;
  const lost = missing(reader, last);
  if (lost > 0) return `✗ loses ${lost} of ${total}, ${how(reader)}`;
  return isWholeFrom(LEFT_AT + 1, reader.numbers) ? `✓ all ${total}` : '✗ some twice';
}

/** Whether a reader that came back hears that messages up to `last` are missing; those from `first` on could still be had. */
export function hears(reader: Reader, first: number, last: number): string {
  if (reader.told) return `✓ ${how(reader)}`;
  return missing(reader, last, first) > 0 ? '✗ hears nothing, and loses new ones' : '✗ hears nothing';
}

function how({ told, status }: Reader): string {
  if (told === 'refusal') return `refused (${status})`;
  return { gap: 'hears of the gap', end: 'its stream ends', none: 'silently' }[told ?? 'none'];
}
