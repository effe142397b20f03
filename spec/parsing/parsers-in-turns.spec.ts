import { EventStreamParser } from '#event-stream-parser';
import { expect, it } from '@jest/globals';

const utf8 = (text: string) => new TextEncoder().encode(text);

/**
 * Events of several lines and of one long line, in pieces that end within them or within a character. So the parser keeps data
 * between chunks most of the time.
 */
const pieces = (name: string) => {
  const long = utf8(`${name}한`.repeat(2000));
  return [
    ...[`data: ${name}`, '1\ndata: ', `${name}2\nda`, `ta: ${name}3\n`, '\n', `data: ${name}`].map(utf8),
    ...[long.subarray(0, 2999), long.subarray(2999, 5003), long.subarray(5003)],
    utf8(`\ndata: ${name}end\n\n`),
  ];
};

it.each([
  ['one piece each', 1],
  ['two pieces each', 2],
  ['five pieces each', 5],
])('two parsers that read in turns, %s, share no state', (_what, at) => {
  const names = ['a', 'b'];
  const events = names.map((): string[] => []);
  const parsers = events.map(data => new EventStreamParser({ onEvent: event => void data.push(event.data) }));
  const all = names.map(pieces);
  for (let start = 0; start < 10; start += at) {
    parsers.forEach((parser, i) => all[i]?.slice(start, start + at).forEach(piece => parser.push(piece)));
  }
  expect(events).toEqual(
    names.map(name => [`${name}1\n${name}2\n${name}3`, `${name}${`${name}한`.repeat(2000)}\n${name}end`]),
  );
});
