import { describe, expect, it } from '@jest/globals';
import {
  createEventStreamParser,
  type EventStreamHandler,
  type EventStreamParser,
  type EventStreamParserOptions,
  EventTooLargeError,
  type ServerSentEvent,
} from '../../src/parser/index.js';
import { itChecked } from '../support/checked.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { referenceParser, type ReferenceItem } from '../support/reference-parser.js';
import { everySplit, utf8 } from '../parsing/parse-chunks.js';

const message = (data: string, lastEventId = ''): ServerSentEvent => ({ type: 'message', data, lastEventId });

/** A parser, and the items that its callbacks received. */
function recorded(callbacks: Partial<EventStreamHandler> = {}, options?: EventStreamParserOptions) {
  const items: (ReferenceItem | { kind: 'ignored'; line: string })[] = [];
  const parser = createEventStreamParser(
    {
      onEvent: event => items.push({ kind: 'event', event }),
      onComment: text => items.push({ kind: 'comment', text }),
      onRetryTime: milliseconds => items.push({ kind: 'retry-time', milliseconds }),
      ...callbacks,
    },
    options,
  );
  const events = () => items.flatMap(item => (item.kind === 'event' ? [item.event] : []));
  return { parser, items, events };
}

/** The lines of a stream that the standard ignores. */
function ignoredOf(stream: Uint8Array): string[] {
  const lines = new TextDecoder().decode(stream).split(/\r\n|\r|\n/);
  return lines.slice(0, -1).filter(line => {
    if (line === '' || line.startsWith(':')) return false;
    const [name = '', ...rest] = line.split(':');
    const value = rest.join(':').replace(/^ /, '');
    if (name === 'retry') return !/^[0-9]+$/.test(value);
    if (name === 'id') return value.includes('\0');
    return name !== 'event' && name !== 'data';
  });
}

describe('createEventStreamParser', () => {
  it('parses bytes and text, and has the position at the end', () => {
    const { parser, items } = recorded();
    for (const chunk of [
      ': hi\nid: 1\neve',
      utf8('nt: chat\ndata: a\nda'),
      'ta: b\n\nretry: 10\nid: 2',
      utf8('\n\n'),
    ]) {
      parser.push(chunk);
    }
    parser.push('id: 3\ndata: unfinished\n');
    parser.end();
    expect(items).toEqual([
      { kind: 'comment', text: 'hi' },
      { kind: 'event', event: { type: 'chat', data: 'a\nb', lastEventId: '1' } },
      { kind: 'retry-time', milliseconds: 10 },
    ]);
    expect(parser.lastEventId).toBe('2');
  });

  it('agrees with the standard for every split of random streams, including ignored lines [pitfall 26]', () => {
    for (let seed = firstSeed; seed < firstSeed + 100; seed++) {
      const stream = randomStream(seed);
      const { items, lastEventId } = referenceParser(stream, '7');
      for (const chunks of everySplit(stream)) {
        const ignored: string[] = [];
        const actual = recorded({ onIgnoredLine: line => ignored.push(line) }, { lastEventId: '7' });
        for (const chunk of chunks) actual.parser.push(chunk);
        actual.parser.end();
        expect({ seed, items: actual.items, position: actual.parser.lastEventId, ignored }).toEqual({
          seed,
          items,
          position: lastEventId,
          ignored: ignoredOf(stream),
        });
      }
    }
  });

  it('reports ignored lines in order with events and comments', () => {
    const said: string[] = [];
    const parser = createEventStreamParser({
      onEvent: ({ data }) => said.push(`event ${data}`),
      onComment: text => said.push(`comment ${text}`),
      onIgnoredLine: line => said.push(`ignored ${line}`),
    });
    parser.push('evnet: chat\ndata: a\n\n: b\nretry: soon\nid: 1\0\nevent\nid\nretry: 5\ndata\n\nretry\nDATA: x\n\n');
    expect(said).toEqual([
      'ignored evnet: chat',
      'event a',
      'comment b',
      'ignored retry: soon',
      'ignored id: 1\0',
      'event ',
      'ignored retry',
      'ignored DATA: x',
    ]);
  });

  it('starts a new stream after `end`, from the same position [pitfall 29]', () => {
    const { parser, events } = recorded();
    parser.push('id: 1\ndata: a\n\nevent: chat\nid: 2\ndata: unfin');
    parser.end();
    parser.push('\ufeffdata: b\n\n');
    parser.push(new Uint8Array([0xe2, 0x82]));
    parser.end();
    parser.push(utf8('data: c\n\n'));
    parser.push('data: \ud83d');
    parser.end();
    parser.push('data: d\n\n');
    expect(events()).toEqual(['a', 'b', 'c', 'd'].map(data => message(data, '1')));
  });

  it('handles `push` and `end` calls of a callback after the current chunk', () => {
    const said: string[] = [];
    const parser: EventStreamParser = createEventStreamParser({
      onEvent: ({ data, lastEventId }) => {
        said.push(`${data} ${lastEventId}`);
        if (data !== 'a') return;
        parser.push('data: c\n\ndata: unfin');
        parser.end();
        parser.push('data: d\n\n');
      },
    });
    parser.push('data: a\n\nid: 1\ndata: b\n\n');
    expect(said).toEqual(['a ', 'b 1', 'c 1', 'd 1']);
  });

  describe('a failure', () => {
    it('is thrown by `push`, which throws it again for each chunk until `end`', () => {
      const failure = new Error('mine');
      const { parser, events } = recorded({
        onComment: () => {
          parser.push('data: lost\n\n');
          throw failure;
        },
      });
      expect(() => parser.push('id: 1\ndata: a\n\n: b\ndata: c\n\n')).toThrow(failure);
      expect(() => parser.push('data: d\n\n')).toThrow(failure);
      expect(parser.lastEventId).toBe('1');
      parser.end();
      parser.push('data: e\n\n');
      expect(events()).toEqual([message('a', '1'), message('e', '1')]);
    });

    it('is thrown for an event that is too large, after the previous events [pitfall 33]', () => {
      const { parser, events } = recorded({}, { maxEventSize: 10 });
      expect(() => parser.push('data: a\n\ndata: 01234567890\n\n')).toThrow(EventTooLargeError);
      expect(events()).toEqual([message('a')]);
      expect(() => parser.push('data: b\n\n')).toThrow(EventTooLargeError);
    });

    it('is thrown for a chunk other than bytes or text', () => {
      const { parser } = recorded();
      for (const chunk of [new ArrayBuffer(4), 7, null, undefined, {}] as unknown as string[]) {
        expect(() => parser.push(chunk)).toThrow(TypeError);
        parser.end();
      }
    });
  });

  it('calls the current methods of the handler, with the handler as `this`', () => {
    const handler = {
      seen: [] as string[],
      onEvent({ data }: ServerSentEvent) {
        this.seen.push(data);
      },
    };
    const parser = createEventStreamParser(handler);
    parser.push('data: a\n\n');
    handler.onEvent = ({ data }) => void handler.seen.push(`then ${data}`);
    parser.push('data: b\n\n');
    expect(handler.seen).toEqual(['a', 'then b']);
  });

  itChecked.each([
    [null, {}, '`handler`'],
    [{}, {}, '`onEvent`'],
    [{ onEvent: 1 }, {}, '`onEvent`'],
    [{ onEvent: () => 1, onComment: 'log' }, {}, '`onComment`'],
    [{ onEvent: () => 1, onRetryTime: {} }, {}, '`onRetryTime`'],
    [{ onEvent: () => 1, onIgnoredLine: true }, {}, '`onIgnoredLine`'],
    [{ onEvent: () => 1 }, { lastEventId: 7 }, '`lastEventId`'],
    [{ onEvent: () => 1 }, { maxEventSize: 0 }, '`maxEventSize`'],
  ])('throws a TypeError for the handler %p and the options %p', (handler, options, name) => {
    const create = () => createEventStreamParser(handler as EventStreamHandler, options as EventStreamParserOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(name);
  });
});
