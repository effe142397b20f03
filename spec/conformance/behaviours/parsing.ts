import { Random } from '../../support/random.js';
import { behaviour, equal, event } from '../behaviour.js';

const BYTES = new TextEncoder();

/** Streams with the events that they contain, however they are split into chunks, and the probes that exclude a case. */
const CASES: [name: string, text: string, events: ReturnType<typeof event>[], ...unless: string[]][] = [
  ['LF, CR and CRLF end a line', 'data: a\n\ndata: b\r\rdata: c\r\n\r\n', [event('a'), event('b'), event('c')]],
  [
    'removes one byte order mark at the start',
    '\ufeffdata: a\n\n\ufeffdata: b\n\ndata: c\n\n',
    [event('a'), event('c')],
    'ignore-bom',
  ],
  ['joins lines of data with LF', 'data: a\ndata:\ndata: b\n\n', [event('a\n\nb')]],
  ['removes one space after the colon, and nothing else', 'data:  a \n\ndata:b\n\n', [event(' a '), event('b')]],
  ['a field without a colon is empty', 'data\n\nevent\ndata: x\n\n', [event(''), event('x')]],
  ['applies a type only to its own block', 'event: chat\ndata: a\n\ndata: b\n\n', [event('a', '', 'chat'), event('b')]],
  ['emits no event for a block without data', 'event: a\n\nid: 1\n\ndata: b\n\n', [event('b', '1')]],
  [
    'keeps an id until the next one, and clears it for an empty one',
    'id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n',
    [event('a', '1'), event('b', '1'), event('c')],
  ],
  ['ignores an id with NUL', 'id: 1\ndata: a\n\nid: a\0b\ndata: b\n\n', [event('a', '1'), event('b', '1')]],
  ['emits no event for comments and unknown fields', ': hello\n\nfoo: bar\ndata: a\n: b\n\n', [event('a')]],
  ['characters of two, three and four bytes', 'id: é\ndata: é€🚀\n\n', [event('é€🚀', 'é')]],
  ['drops an unfinished event at the end', 'data: a\n\ndata: b\n', [event('a')]],
];

const pieces = (text: string, size: number) => {
  const bytes = [...BYTES.encode(text)];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
    bytes: bytes.slice(i * size, (i + 1) * size),
  }));
};

export const parsing = [
  ...CASES.map(([name, text, expected, ...unless]) =>
    behaviour(
      name,
      async stage => {
        for (const size of [1, 3, 10_000]) {
          const events = await stage.events(await stage.script({ steps: pieces(text, size) })).completed();
          equal(events, expected);
        }
      },
      ...unless,
    ),
  ),
  behaviour('replaces bytes that aren’t UTF-8 by U+FFFD', async stage => {
    const steps = [{ bytes: [0x64, 0x61, 0x74, 0x61, 0x3a, 0xe2, 0x82, 0x41, 0xff, 0x0a, 0x0a] }];
    equal(await stage.events(await stage.script({ steps })).completed(), [event('\ufffdA\ufffd')]);
  }),
  behaviour('an event of a megabyte in random pieces', async stage => {
    const random = new Random(stage.engine.seed);
    const data = 'é€🚀abcdefghijklmnopqrstuvwxyz'.repeat(30_000);
    const bytes = BYTES.encode(`data: ${data}\n\n`);
    const steps = [];
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + random.between(0, 59_999);
      steps.push({ send: '' }, { bytes: [...bytes.subarray(start, end)] });
      start = end;
    }
    const [only] = await stage.events(await stage.script({ steps })).completed();
    equal(only?.data.length, data.length);
    equal(only?.data === data, true);
  }),
];
