import { EventStreamParser } from '#event-stream-parser';
import { expect, it } from '@jest/globals';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Events of several lines and of one long line, in pieces that end within them: what is kept between chunks is in use most of the time. */
const pieces = (name: string) => [
  ...[`data: ${name}`, '1\ndata: ', `${name}2\nda`, `ta: ${name}3\n`, '\n'],
  ...[`data: ${name}`, name.repeat(3000), name.repeat(3000), `\ndata: ${name}end`, '\n\n'],
];

it.each([
  ['one piece each', 1],
  ['two pieces each', 2],
  ['five pieces each', 5],
])('two parsers that read in turns, %s, have nothing in common', (_what, at) => {
  const names = ['a', 'b'];
  const events = names.map((): string[] => []);
  const parsers = events.map(data => new EventStreamParser({ onEvent: event => void data.push(event.data) }));
  const all = names.map(pieces);
  for (let start = 0; start < 10; start += at) {
    parsers.forEach((parser, i) => all[i]?.slice(start, start + at).forEach(piece => parser.push(utf8(piece))));
  }
  expect(events).toEqual(names.map(name => [`${name}1\n${name}2\n${name}3`, `${name.repeat(6001)}\n${name}end`]));
});
