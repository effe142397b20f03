import { EventStreamParser } from '#event-stream-parser';
import { describe, expect, it } from '@jest/globals';
import { bytesOf } from './bytes-of.js';
import { byteByByte, parse, utf8 } from './parse-chunks.js';
import { read, readData, readEvents } from './read-stream.js';

describe('EventStreamParser', () => {
  describe('text', () => {
    it('removes one byte order mark at the very start, however it is split [pitfall 30]', () => {
      expect(readData('\ufeffdata: a\n\n')).toEqual(['a']);
      expect(read('\ufeff: a\n').items).toEqual([{ kind: 'comment', text: 'a' }]);
      expect(read('\ufeff\ndata: a\n\n').items).toHaveLength(1);
    });

    it('keeps a second byte order mark, as a part of the field name [pitfall 30]', () => {
      expect(readData('\ufeff\ufeffdata: a\n\ndata: b\n\n')).toEqual(['b']);
    });

    it('keeps a byte order mark at the start of a later line, chunk or value [pitfall 30]', () => {
      expect(readData('\n\ufeffdata: a\ndata: b\n\n')).toEqual(['b']);
      expect(readData('data: \ufeffa\ufeff\n\n')).toEqual(['\ufeffa\ufeff']);
      expect(readData('data:\ufeff a\n\n')).toEqual(['\ufeff a']);
      const long = `data: ${'a'.repeat(5000)}`;
      expect(parse([utf8(long), utf8('\ufeffb\n\n')]).items).toEqual(parse([utf8(`${long}\ufeffb\n\n`)]).items);
    });

    it('treats half of a byte order mark as invalid bytes', () => {
      expect(readData(bytesOf([0xef, 0xbb], 'data: a\n\ndata: b\n\n'))).toEqual(['b']);
    });

    it('reads characters of two, three and four bytes across any split [pitfall 26]', () => {
      const text = 'aé€😀\u{10ffff}';
      expect(readEvents(`event: ${text}\nid: ${text}\ndata: ${text}\n\n`)).toEqual([
        { type: text, data: text, lastEventId: text },
      ]);
    });

    it.each([
      ['a stray continuation byte', [0x80], '\ufffd'],
      ['a byte that never occurs in UTF-8', [0xff], '\ufffd'],
      ['an overlong form', [0xc0, 0xaf], '\ufffd\ufffd'],
      ['an encoded surrogate', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
      ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
      ['an incomplete character', [0xf0, 0x9f, 0x98], '\ufffd'],
    ])('replaces %s', (_, bad, replacement) => {
      expect(readData(bytesOf('data: a', bad, 'b\n\n'))).toEqual([`a${replacement}b`]);
      // Also right before a line end, which is kept.
      expect(readData(bytesOf('data: ', bad, '\r\ndata: b\n\n'))).toEqual([`${replacement}\nb`]);
    });

    it('does not read a chunk again after its owner reuses the memory for the next one', () => {
      const events: string[] = [];
      const parser = new EventStreamParser({ onEvent: ({ data }) => events.push(data) });
      const memory = new Uint8Array(1);
      for (const byte of utf8('data: abc\n\ndata: d\n\n')) {
        memory[0] = byte;
        parser.push(memory);
      }
      expect(events).toEqual(['abc', 'd']);
    });
  });

  describe('lines', () => {
    it.each([
      ['LF', '\n'],
      ['CR', '\r'],
      ['CRLF', '\r\n'],
    ])('end with %s, however the stream is split [pitfall 31]', (_, end) => {
      const stream = ['id: 1', 'data: a', 'data: b', '', 'data', '', ': c', 'data: d', '', ''].join(end);
      expect(read(stream).items).toEqual([
        { kind: 'event', event: { type: 'message', data: 'a\nb', lastEventId: '1' } },
        { kind: 'event', event: { type: 'message', data: '', lastEventId: '1' } },
        { kind: 'comment', text: 'c' },
        { kind: 'event', event: { type: 'message', data: 'd', lastEventId: '1' } },
      ]);
    });

    it.each(['\n', '\r', '\r\n'].flatMap(first => ['\n', '\r', '\r\n'].map(second => [first, second] as const)))(
      'end with %j and then %j, which are one line end if they are CR and LF [pitfall 31]',
      (first, second) => {
        const isBlank = first + second !== '\r\n';
        expect(readData(`data: a${first}${second}data: b\n\n`)).toEqual(isBlank ? ['a', 'b'] : ['a\nb']);
      },
    );

    it('end with nothing else', () => {
      const others = '\v\f\u0085\u2028\u2029\0';
      expect(readData(`data: a${others}b\n\n`)).toEqual([`a${others}b`]);
    });

    it('end at each line end of a text that mixes all kinds', () => {
      expect(readData('data: a\rdata: b\ndata: c\r\n\rdata: d\r\r\ndata: e\n\n\r')).toEqual(['a\nb\nc', 'd', 'e']);
    });

    it.each(['\n\n', '\r\r', '\r\n\r', '\r\n\n', '\n\r'])(
      'deliver the event with the byte that ends the blank line: the last of %j [pitfall 31]',
      ends => {
        const events: string[] = [];
        const parser = new EventStreamParser({ onEvent: ({ data }) => events.push(data) });
        const bytes = byteByByte(utf8(`data: a${ends}`));
        const delivered = bytes.map(byte => {
          parser.push(byte);
          return events.length;
        });
        expect(delivered.indexOf(1)).toBe(bytes.length - 1);
        expect(events).toEqual(['a']);
      },
    );

    it('do not end twice with a CR and an LF, even with empty chunks between them [pitfall 26]', () => {
      const { items } = parse(['data: a\r', '', '', '\n', 'data: b\r', '', '\ndata: c\n\n'].map(utf8));
      expect(items).toEqual([{ kind: 'event', event: { type: 'message', data: 'a\nb\nc', lastEventId: '' } }]);
    });

    it('end again with the LF after a CRLF that was split [pitfall 26]', () => {
      expect(parse(['data: a\r', '\n', '\n'].map(utf8)).items).toHaveLength(1);
      expect(parse(['data: a\r', '\n\n'].map(utf8)).items).toHaveLength(1);
    });
  });

  describe('fields', () => {
    it('lose one leading space, and nothing else [pitfall 28]', () => {
      expect(readData('data:a\n\n')).toEqual(['a']);
      expect(readData('data: a\n\n')).toEqual(['a']);
      expect(readData('data:  a \t\n\n')).toEqual([' a \t']);
      expect(readData('data:\t a\n\n')).toEqual(['\t a']);
      expect(readData('data: \n\n')).toEqual(['']);
      expect(readData('data:  \n\n')).toEqual([' ']);
      expect(readData('data:\u00a0a\n\n')).toEqual(['\u00a0a']);
      expect(readEvents('event:  a \nid:  b \ndata\n\n')).toEqual([{ type: ' a ', data: '', lastEventId: ' b ' }]);
    });

    it('stay text [pitfall 28]', () => {
      expect(readEvents('id: 007\nevent: 1e3\ndata: 007\n\ndata: null\n\n')).toEqual([
        { type: '1e3', data: '007', lastEventId: '007' },
        { type: 'message', data: 'null', lastEventId: '007' },
      ]);
    });

    it('have a name up to the first colon, and may have colons in their value', () => {
      expect(readData('data:: a:b\n\n')).toEqual([': a:b']);
    });

    it.each(['dataset', 'dat', 'd', 'Data', 'DATA', 'data ', ' data', '\tdata', 'data\0', 'datа', 'x', 'ｄata'])(
      'are ignored if their name is %j [pitfall 28]',
      name => {
        expect(readData(`${name}: z\n${name}\n\ndata: a\n${name}: z\n\n`)).toEqual(['a']);
      },
    );

    it.each(['ID', 'ids', 'i', 'id ', 'Event', 'events', 'event ', 'eventid', 'Retry', 'retry ', 'retrys'])(
      'change nothing if their name is %j',
      name => {
        expect(read(`${name}: 5\n${name}\ndata: a\n\n`)).toEqual({
          items: [{ kind: 'event', event: { type: 'message', data: 'a', lastEventId: '' } }],
          lastEventId: '',
        });
      },
    );

    it('do not continue on the next line', () => {
      expect(readEvents('dat\na: x\ni\nd: 1\neven\nt: y\ndata: a\n\n')).toEqual([
        { type: 'message', data: 'a', lastEventId: '' },
      ]);
    });
  });

  describe('data', () => {
    it('joins its lines with LF, including an empty first or last line [pitfall 27]', () => {
      expect(readData('data: a\ndata: b\r\ndata: c\n\n')).toEqual(['a\nb\nc']);
      expect(readData('data:\ndata: a\n\n')).toEqual(['\na']);
      expect(readData('data: a\ndata\n\n')).toEqual(['a\n']);
      expect(readData('data\ndata:\ndata: \n\n')).toEqual(['\n\n']);
    });

    it('without a colon or a value is an event with empty data [pitfall 28]', () => {
      expect(readData('data\n\ndata:\n\ndata: \n\n')).toEqual(['', '', '']);
    });

    it('continues after comments and other fields', () => {
      expect(readData('data: a\n: x\nevent: y\nz\ndata: b\n\n')).toEqual(['a\nb']);
    });

    it('is needed for an event: a block without data emits none [pitfall 29]', () => {
      expect(readEvents('event: a\n\nid: 1\n\n: x\n\nretry: 5\n\n\n\n')).toEqual([]);
    });

    it('is dropped at the end of the stream if no blank line ends its block [pitfall 29]', () => {
      expect(readData('data: a\n\ndata: b\n')).toEqual(['a']);
      expect(readData('data: a\n\ndata: b')).toEqual(['a']);
      expect(readData('data: a\r\n\r\ndata: b\r\n')).toEqual(['a']);
    });
  });

  describe('event', () => {
    it('sets the type; the last of several counts', () => {
      expect(readEvents('event: a\nevent: b\ndata: x\n\n')).toEqual([{ type: 'b', data: 'x', lastEventId: '' }]);
    });

    it('without a value sets the type to message', () => {
      expect(readEvents('event: a\nevent\ndata: x\n\nevent:\ndata: y\n\n').map(({ type }) => type)).toEqual([
        'message',
        'message',
      ]);
    });

    it('does not leak into the next block, whether its own block has data or not [pitfall 28]', () => {
      expect(readEvents('event: a\ndata: x\n\ndata: y\n\nevent: b\n\ndata: z\n\n').map(({ type }) => type)).toEqual([
        'a',
        'message',
        'message',
      ]);
    });
  });

  describe('id', () => {
    it('applies until another id arrives [pitfall 24]', () => {
      expect(readEvents('id: 1\ndata: a\n\ndata: b\n\ndata: c\nid: 2\nid: 3\n\n')).toEqual([
        { type: 'message', data: 'a', lastEventId: '1' },
        { type: 'message', data: 'b', lastEventId: '1' },
        { type: 'message', data: 'c', lastEventId: '3' },
      ]);
    });

    it('starts as the position from the options [pitfall 24]', () => {
      const options = { lastEventId: 'before' };
      expect(read('', options).lastEventId).toBe('before');
      expect(readEvents('data: a\n\nid: 1\ndata: b\n\n', options)).toEqual([
        { type: 'message', data: 'a', lastEventId: 'before' },
        { type: 'message', data: 'b', lastEventId: '1' },
      ]);
    });

    it.each(['id', 'id:', 'id: '])('clears the position if it is empty: %j [pitfall 24]', field => {
      expect(read(`id: 1\ndata: a\n\n${field}\ndata: b\n\n`)).toEqual({
        items: [
          { kind: 'event', event: { type: 'message', data: 'a', lastEventId: '1' } },
          { kind: 'event', event: { type: 'message', data: 'b', lastEventId: '' } },
        ],
        lastEventId: '',
      });
    });

    it('is ignored if it contains a NUL, at any place', () => {
      for (const id of ['\0', '\0b', 'a\0', 'a\0b']) {
        expect(read(`id: 1\nid: ${id}\ndata: a\n\n`).lastEventId).toBe('1');
      }
    });

    it('moves the position without an event if its block has no data [pitfall 24]', () => {
      expect(read('id: 1\n\n')).toEqual({ items: [], lastEventId: '1' });
      expect(read('id: 1\ndata: a\n\nid\n\n').lastEventId).toBe('');
    });

    it('does not move the position before its block ends [pitfall 24]', () => {
      const before = 'id: 1\ndata: a\n\n';
      for (const partial of ['id: 2', 'id: 2\n', 'id: 2\ndata: b\n', 'id: 2\r\ndata: b\r\n']) {
        expect(read(before + partial)).toEqual(read(before));
      }
    });
  });

  describe('retry', () => {
    const retryTimes = (stream: string) =>
      read(stream).items.flatMap(item => (item.kind === 'retry-time' ? [item.milliseconds] : []));

    it('is a time if it consists of ASCII digits [pitfall 11]', () => {
      expect(retryTimes('retry: 40\nretry:0\nretry: 0042\n\nretry: 5\n')).toEqual([40, 0, 42, 5]);
    });

    it.each([
      '40abc',
      '-5',
      '+5',
      '1e3',
      '1.5',
      '0x10',
      '',
      ' 5',
      '5 ',
      '1 000',
      '1_000',
      '١',
      '９',
      '5\0',
      'Infinity',
    ])('is ignored if it is %j [pitfall 11]', value => {
      expect(retryTimes(`retry: ${value}\n\n`)).toEqual([]);
    });

    it('is ignored without a colon [pitfall 11]', () => {
      expect(retryTimes('retry\n\n')).toEqual([]);
    });

    it('is passed on as it is, however large: its users clamp it [pitfall 11]', () => {
      expect(retryTimes('retry: 99999999999999999999\n')).toEqual([1e20]);
      expect(retryTimes(`retry: ${'9'.repeat(400)}\n`)).toEqual([Infinity]);
    });

    it('applies at once, not at the end of its block', () => {
      expect(retryTimes('data: a\nretry: 7\n')).toEqual([7]);
    });
  });

  describe('comments', () => {
    it('are reported with the text of their line, without one leading space', () => {
      expect(read(':\n:a\n: b\n:  c \n::d\n: data: e\n').items).toEqual(
        ['', 'a', 'b', ' c ', ':d', 'data: e'].map(text => ({ kind: 'comment', text })),
      );
    });

    it('are reported in order with events and retry times', () => {
      const kinds = read(': a\ndata: a\n: b\nretry: 1\n\n: c\n').items.map(({ kind }) => kind);
      expect(kinds).toEqual(['comment', 'comment', 'retry-time', 'event', 'comment']);
    });

    it('are dropped if their line has not ended', () => {
      expect(read(': a').items).toEqual([]);
    });

    it('and retry times are skipped if no callback wants them', () => {
      const events: string[] = [];
      new EventStreamParser({ onEvent: ({ data }) => events.push(data) }).push(utf8(': a\nretry: 5\ndata: b\n\n'));
      expect(events).toEqual(['b']);
    });
  });
});
