// The data of the server and the expected events: the deltas of a language model (workload a), repeated.
// This file also runs in browsers.
import { workloads } from '../parsers/workloads.mjs';

const { events } = workloads.a.make();
const encoder = new TextEncoder();

/** The type of all events. Clients with listeners listen to it. */
export const TYPE = events[0].type;

/** Each event as text in bytes. */
export const blocks = events.map(({ type, data }) => encoder.encode(`event: ${type}\ndata: ${data}\n\n`));

/** Returns the number of bytes in `count` events. */
export function bytesOf(count) {
  const sum = (total, { length }) => total + length;
  return (
    Math.floor(count / blocks.length) * blocks.reduce(sum, 0) + blocks.slice(0, count % blocks.length).reduce(sum, 0)
  );
}

/** Returns the number of characters in the data of `count` events. */
export function charactersOf(count) {
  const sum = (total, { data }) => total + data.length;
  return (
    Math.floor(count / events.length) * events.reduce(sum, 0) + events.slice(0, count % events.length).reduce(sum, 0)
  );
}

/** Returns the event at `index` of a stream. @param {number} index */
export const eventAt = index => events[index % events.length];

/**
 * Returns the stream of `count` events in pieces of `size` bytes, which split events anywhere, or of one event each.
 *
 * @param {number} count
 * @param {number | 'event'} size
 * @returns {Generator<Uint8Array>}
 */
export function* pieces(count, size) {
  if (size === 'event') {
    for (let i = 0; i < count; i++) yield blocks[i % blocks.length];
    return;
  }
  let piece = new Uint8Array(size);
  let filled = 0;
  for (let i = 0; i < count; i++) {
    const block = blocks[i % blocks.length];
    for (let at = 0; at < block.length;) {
      const part = block.subarray(at, at + size - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled === size) {
        yield piece;
        piece = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
