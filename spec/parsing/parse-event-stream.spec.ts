import { describe, expect, it } from '@jest/globals';
import { concat, from, lastValueFrom, map, NEVER, Observable, of, Subject, take, tap, throwError, toArray } from 'rxjs';
import { EventTooLargeError } from '../../src/errors.js';
import { parseEventStream, type ServerSentEvent } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { referenceParser } from '../support/reference-parser.js';
import { everySplit, utf8 } from './parse-chunks.js';

const message = (data: string, lastEventId = ''): ServerSentEvent => ({ type: 'message', data, lastEventId });
const data = map(({ data }: ServerSentEvent) => data);

describe('parseEventStream', () => {
  it('turns bytes and strings into events', async () => {
    const events = observe(
      of('id: 1\neve', utf8('nt: chat\ndata: a\nda'), 'ta: b\n\nid: 2\n\ndata', utf8('\n\n')).pipe(parseEventStream()),
    );
    expect(await events.completed()).toEqual([{ type: 'chat', data: 'a\nb', lastEventId: '1' }, message('', '2')]);
  });

  it('reads the body of a response', async () => {
    const { body } = new Response('data: a\n\ndata: b\n\n');
    const events = observe(from(body as AsyncIterable<Uint8Array>).pipe(parseEventStream(), data));
    expect(await events.completed()).toEqual(['a', 'b']);
  });

  it('reads surrogate pairs that are split between strings [pitfall 26]', async () => {
    const events = observe(from('data: 😀é\n\n'.split('')).pipe(parseEventStream()));
    expect(await events.completed()).toEqual([message('😀é')]);
  });

  it('emits the same events for every split of random streams [pitfall 26]', async () => {
    for (let seed = firstSeed; seed < firstSeed + 50; seed++) {
      const stream = randomStream(seed);
      const events = referenceParser(stream).items.flatMap(item => (item.kind === 'event' ? [item.event] : []));
      for (const chunks of everySplit(stream)) {
        const actual = await lastValueFrom(from(chunks).pipe(parseEventStream(), toArray()));
        expect({ seed, events: actual }).toEqual({ seed, events });
      }
    }
  });

  it('emits an event with the byte that ends its blank line, and does not wait for more [pitfall 31]', () => {
    const chunks = new Subject<string>();
    const events = observe(chunks.pipe(parseEventStream(), data));
    chunks.next('data: a\r\r');
    expect(events.values).toEqual(['a']);
    chunks.next('\ndata: b\n');
    expect(events.values).toEqual(['a']);
    chunks.next('\n');
    expect(events.values).toEqual(['a', 'b']);
  });

  it('starts from the given id [pitfall 24]', async () => {
    const events = observe(of('data: a\n\nid\ndata: b\n\n').pipe(parseEventStream({ lastEventId: '7' })));
    expect(await events.completed()).toEqual([message('a', '7'), message('b')]);
  });

  describe('a chunk that arrives while an event is emitted', () => {
    it('is read after the current chunk, and so is the end', () => {
      const chunks = new Subject<string | Uint8Array>();
      const said: string[] = [];
      chunks.pipe(parseEventStream({ onLastEventId: id => said.push(`at ${id}`) })).subscribe({
        next: ({ data: text }) => {
          said.push(text);
          if (text !== 'a') return;
          chunks.next('id: 1\n\ndata: c\n\ndata: unfin');
          chunks.next(utf8('ished\n\n'));
          chunks.complete();
        },
        complete: () => said.push('complete'),
      });
      chunks.next('data: a\n\ndata: b\n\nid: 0\n\n');
      expect(said).toEqual(['a', 'b', 'at 0', 'at 1', 'c', 'unfinished', 'complete']);
    });

    it('is dropped at once if the source errors', () => {
      const chunks = new Subject<string>();
      const failure = new Error('lost');
      const events = observe(
        chunks.pipe(
          parseEventStream(),
          data,
          tap(text => {
            if (text !== 'a') return;
            chunks.next('data: c\n\n');
            chunks.error(failure);
          }),
        ),
      );
      chunks.next('data: a\n\ndata: b\n\n');
      expect(events.values).toEqual([]);
      expect(events.error).toBe(failure);
    });

    it('is not emitted or reported after the subscriber unsubscribes [pitfall 4]', () => {
      const chunks = new Subject<string>();
      const said: string[] = [];
      const report = (what: unknown) => said.push(String(what));
      const subscription = chunks
        .pipe(parseEventStream({ onComment: report, onRetryTime: report, onLastEventId: report }))
        .subscribe(({ data: text }) => {
          said.push(text);
          chunks.next(': late\n');
          subscription.unsubscribe();
        });
      chunks.next('data: a\n\n: b\nretry: 5\nid: 1\n\ndata: c\n\n');
      expect(said).toEqual(['a']);
      expect(chunks.observed).toBe(false);
    });
  });

  describe('unsubscribing', () => {
    it('stops within a chunk, and unsubscribes from the source [pitfall 4]', () => {
      let torndown = 0;
      const chunks = new Subject<string>();
      const source = new Observable<string>(subscriber => chunks.subscribe(subscriber).add(() => torndown++));
      const parsed: string[] = [];
      const events = observe(
        source.pipe(
          parseEventStream(),
          data,
          tap(text => parsed.push(text)),
          take(1),
        ),
      );
      chunks.next('data: a\n\ndata: b\n\ndata: c\n\n');
      expect(events).toMatchObject({ values: ['a'], status: 'completed' });
      expect(parsed).toEqual(['a']);
      expect(torndown).toBe(1);
      expect(chunks.observed).toBe(false);
    });

    it('stops a source that emits synchronously [pitfall 4]', () => {
      const taken: string[] = [];
      const source = from(['data: a\n\ndata: b\n\n', 'data: c\n\n', 'data: d\n\n']).pipe(
        tap(chunk => taken.push(chunk)),
      );
      expect(observe(source.pipe(parseEventStream(), data, take(1)))).toMatchObject({
        values: ['a'],
        status: 'completed',
      });
      expect(observe(source.pipe(parseEventStream(), data, take(3)))).toMatchObject({
        values: ['a', 'b', 'c'],
        status: 'completed',
      });
      expect(taken).toHaveLength(1 + 2);
    });

    it('prevents the error of an event that is too large, after the last event that is taken', () => {
      const events = observe(
        of('data: a\n\ndata: 0123456789').pipe(parseEventStream({ maxEventSize: 10 }), data, take(1)),
      );
      expect(events).toMatchObject({ values: ['a'], status: 'completed' });
    });
  });

  describe('ending', () => {
    it('completes with its source, and drops unfinished data [pitfall 29]', async () => {
      const events = observe(of('data: a\n\n', 'data: b\n', 'data: c').pipe(parseEventStream(), data));
      expect(await events.completed()).toEqual(['a']);
    });

    it('does not complete before its source', () => {
      expect(observe(concat(of('data: a\n\n'), NEVER).pipe(parseEventStream(), data))).toMatchObject({
        values: ['a'],
        status: 'live',
      });
    });

    it('errors with its source, after the previous events', async () => {
      const failure = new Error('lost');
      const source = concat(
        of('data: a\n\ndata: b\n'),
        throwError(() => failure),
      );
      const events = observe(source.pipe(parseEventStream(), data));
      expect(await events.failed()).toBe(failure);
      expect(events.values).toEqual(['a']);
    });

    it('errors if an event is too large, after earlier events of its chunk, and unsubscribes from the source [pitfall 33]', async () => {
      const chunks = new Subject<string>();
      const events = observe(chunks.pipe(parseEventStream({ maxEventSize: 10 }), data));
      chunks.next('data: a\n\n');
      chunks.next('data: b\n\ndata: c\n\ndata: 01234567890\n\ndata: d\n\n');
      expect(await events.failed()).toBeInstanceOf(EventTooLargeError);
      expect(events.values).toEqual(['a', 'b', 'c']);
      expect(chunks.observed).toBe(false);
    });

    it('errors with the error that a callback throws, after earlier events of its chunk', async () => {
      const failure = new Error('mine');
      const fail = () => {
        throw failure;
      };
      for (const options of [{ onComment: fail }, { onRetryTime: fail }, { onLastEventId: fail }]) {
        const chunk = 'data: a\n\n: b\nretry: 1\nid: 1\ndata: c\n\n';
        const events = observe(of(chunk).pipe(parseEventStream(options), data));
        expect(await events.failed()).toBe(failure);
        expect(events.values).toEqual(['a']);
      }
    });
  });

  describe('options', () => {
    it('report comments and retry times as they are in the stream [pitfall 11]', () => {
      const seen: unknown[] = [];
      const options = {
        onComment: (text: string) => seen.push(text),
        onRetryTime: (milliseconds: number) => seen.push(milliseconds),
      };
      observe(
        of(':\n: a\nretry: 0040\nretry: 40abc\n', 'retry: -5\nretry: 1e3\nretry:\n:  b', '\n').pipe(
          parseEventStream(options),
        ),
      );
      expect(seen).toEqual(['', 'a', 40, ' b']);
    });

    it('report comments and retry times in order with events', () => {
      const seen: unknown[] = [];
      const options = {
        onComment: (text: string) => seen.push(text),
        onRetryTime: (milliseconds: number) => seen.push(milliseconds),
      };
      of(': a\ndata: b\n\n: c\ndata: d\n\nretry: 1\n')
        .pipe(parseEventStream(options), data)
        .subscribe(text => seen.push(text));
      expect(seen).toEqual(['a', 'b', 'c', 'd', 1]);
    });

    it('report nothing after the last event that is taken', () => {
      const comments: string[] = [];
      const parse = parseEventStream({ onComment: text => comments.push(text) });
      const events = observe(of(': a\ndata: b\n\n: c\n').pipe(parse, data, take(1)));
      expect(events.values).toEqual(['b']);
      expect(comments).toEqual(['a']);
    });

    itChecked.each([0, -1, NaN, '10', null])('throw a TypeError if maxEventSize is %p', maxEventSize => {
      expect(() => parseEventStream({ maxEventSize: maxEventSize as number })).toThrow(TypeError);
    });

    itChecked.each(['lastEventId', 'onRetryTime', 'onComment', 'onLastEventId'])(
      'throw a TypeError if %s is a number',
      name => {
        expect(() => parseEventStream({ [name]: 7 })).toThrow(
          new TypeError(
            `Expected a ${name === 'lastEventId' ? 'string' : 'function'} for the option \`${name}\`, but got 7 (number)`,
          ),
        );
      },
    );
  });

  it('parses each subscription separately', () => {
    const chunks = new Subject<string>();
    const parsed = chunks.pipe(parseEventStream());
    const one = observe(parsed);
    chunks.next('id: 1\nevent: x\ndata: a\ndata: \ud83d');
    const other = observe(parsed);
    chunks.next('\ude00\ndata: b\n\n');
    expect(one.values).toEqual([{ type: 'x', data: 'a\n😀\nb', lastEventId: '1' }]);
    expect(other.values).toEqual([message('b')]);
  });

  it('reads a chunk that arrives during an emission after the current chunk', () => {
    const chunks = new Subject<string>();
    const seen: string[] = [];
    chunks.pipe(parseEventStream(), data).subscribe(text => {
      seen.push(text);
      if (text === 'a') chunks.next('data: c\n\n');
    });
    chunks.next('data: a\n\ndata: b\n\n');
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});
