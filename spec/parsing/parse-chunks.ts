import { EventStreamParser } from '#event-stream-parser';
import { EventTooLargeError } from '../../src/errors.js';
import type { EventStreamParserOptions } from '../../src/parsing/line-reader.js';
import type { Reference, ReferenceItem } from '../support/reference-parser.js';

/** The outcome of a stream. `tooLarge` is `line` or `event` if one was too large. */
export interface Outcome extends Reference {
  tooLarge?: string | undefined;
}

export function parse(chunks: Iterable<Uint8Array>, options?: EventStreamParserOptions): Outcome {
  const items: ReferenceItem[] = [];
  const parser = new EventStreamParser(
    {
      onEvent: event => items.push({ kind: 'event', event }),
      onComment: text => items.push({ kind: 'comment', text }),
      onRetryTime: milliseconds => items.push({ kind: 'retry-time', milliseconds }),
    },
    options,
  );
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    if (!(error instanceof EventTooLargeError)) throw error;
    return { items, lastEventId: parser.lastEventId, tooLarge: /line|event/.exec(error.message)?.[0] };
  }
  return { items, lastEventId: parser.lastEventId };
}

export const utf8 = (text: string) => new TextEncoder().encode(text);
export const byteByByte = (bytes: Uint8Array) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));

/** Every way to split a stream in two, and the split into single bytes. */
export function* everySplit(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield byteByByte(bytes);
}
