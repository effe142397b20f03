/* eslint @typescript-eslint/no-non-null-assertion: off -- every index is below the length */
import { EventStreamParser } from '#event-stream-parser';
import { inspect } from 'node:util';
import { EventTooLargeError } from '../../src/errors.js';
import type { ReferenceItem } from '../support/reference-parser.js';
import type { ReferenceTimeline, ReferenceTimelineOptions } from '../support/reference-timeline.js';

const AROUND = Uint8Array.of(0x0a, 0x20, 0x3a, 0x0d, 0xe2, 0x0a, 0x0a);
const scratch = new Uint8Array(1024 * 1024);
const shared = new Uint8Array(new SharedArrayBuffer(scratch.length));

/** A part of a larger memory, with bytes before and after it that would have a meaning. */
function lend(memory: Uint8Array, bytes: Uint8Array): Uint8Array {
  memory.set(AROUND);
  memory.set(bytes, AROUND.length);
  memory.set(AROUND, AROUND.length + bytes.length);
  return memory.subarray(AROUND.length, AROUND.length + bytes.length);
}

/** The ways to pass a chunk to the parser. After the parser has read it, its owner overwrites it, except in the first way. */
export const HANDS = {
  'a view of the stream': (bytes: Uint8Array) => bytes,
  'a copy': (bytes: Uint8Array) => bytes.slice(),
  'memory that is used again': (bytes: Uint8Array) => lend(scratch, bytes),
  'shared memory that is used again': (bytes: Uint8Array) => lend(shared, bytes),
  'a Buffer of the pool': (bytes: Uint8Array) => Buffer.from(bytes),
};
export type Hand = keyof typeof HANDS;
const OWN: Hand = 'a view of the stream';
const GARBAGE = [0x0a, 0x0d, 0x3a, 0xff, 0x20, 0x78];

/**
 * Pushes the stream to a parser in chunks with these ends, and checks after each of them that the parser has reported what the
 * reference reports, and no more. Returns a description of the first difference.
 */
export function firstDifference(
  timeline: ReferenceTimeline,
  ends: readonly number[],
  options: ReferenceTimelineOptions = {},
  hand: Hand = OWN,
): string | undefined {
  const said: ReferenceItem[] = [];
  const { eventsOnly = false, ...parserOptions } = options;
  const parser = new EventStreamParser(
    {
      onEvent: event => said.push({ kind: 'event', event }),
      ...(!eventsOnly && {
        onComment: text => said.push({ kind: 'comment', text }),
        onRetryTime: milliseconds => said.push({ kind: 'retry-time', milliseconds }),
      }),
    },
    parserOptions,
  );
  const wrong = (what: string, end: number) =>
    `${what}, after ${end} bytes, in chunks that end at ${shorten(ends.join(' '))}, each ${hand}`;

  let compared = 0;
  let start = 0;
  for (const [index, end] of ends.entries()) {
    const chunk = HANDS[hand](timeline.stream.subarray(start, end));
    let tooLarge: string | undefined;
    try {
      parser.push(chunk);
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) return wrong(`it threw ${String(error)}`, end);
      tooLarge = /line|event/.exec(error.message)?.[0];
    }
    if (hand !== OWN) chunk.fill(GARBAGE[index % GARBAGE.length]!);

    const expected = timeline.after(end);
    if (tooLarge !== expected.tooLarge && !(tooLarge === 'line' && expected.mayBeTooLarge))
      return wrong(`too large is ${tooLarge}, not ${expected.tooLarge}`, end);
    for (; compared < Math.min(said.length, expected.items); compared++) {
      if (!isSame(said[compared]!, timeline.items[compared]!))
        return wrong(`it said ${show(said[compared])}, not ${show(timeline.items[compared])}`, end);
    }
    if (said.length !== expected.items) return wrong(`it said ${said.length} items, not ${expected.items}`, end);
    if (parser.lastEventId !== expected.lastEventId)
      return wrong(`lastEventId is ${show(parser.lastEventId)}, not ${show(expected.lastEventId)}`, end);
    if (tooLarge !== undefined) break;
    start = end;
  }
  return undefined;
}

function isSame(one: ReferenceItem, other: ReferenceItem): boolean {
  if (one.kind === 'event' && other.kind === 'event') {
    const { type, data, lastEventId } = one.event;
    return type === other.event.type && data === other.event.data && lastEventId === other.event.lastEventId;
  }
  if (one.kind === 'comment') return other.kind === 'comment' && one.text === other.text;
  return one.kind === 'retry-time' && other.kind === 'retry-time' && one.milliseconds === other.milliseconds;
}

/** A value in a message, shortened if it is a long text. */
const show = (value: unknown) => inspect(value, { depth: 5, breakLength: Infinity, maxStringLength: 200 });
const shorten = (text: string) => (text.length > 400 ? `${text.slice(0, 200)} … ${text.slice(-200)}` : text);
