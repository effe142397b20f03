import { expect } from '@jest/globals';
import type { EventStreamParserOptions } from '../../src/parsing/line-reader.js';
import { everySplit, type Outcome, parse, utf8 } from './parse-chunks.js';

/** Parses the stream, checks that each split has the same outcome, and returns it. */
export function read(stream: string | Uint8Array, options?: EventStreamParserOptions): Outcome {
  const bytes = typeof stream === 'string' ? utf8(stream) : stream;
  const whole = parse([bytes], options);
  for (const chunks of everySplit(bytes)) expect(parse(chunks, options)).toEqual(whole);
  return whole;
}

/** Returns the events of the stream, which are the same for each split. */
export function readEvents(stream: string | Uint8Array, options?: EventStreamParserOptions) {
  return read(stream, options).items.flatMap(item => (item.kind === 'event' ? [item.event] : []));
}

/** Returns the data of these events. */
export const readData = (stream: string | Uint8Array) => readEvents(stream).map(({ data }) => data);
