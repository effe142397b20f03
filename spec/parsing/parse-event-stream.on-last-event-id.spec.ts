import { describe, expect, it } from '@jest/globals';
import { from, lastValueFrom, map, of, take, toArray } from 'rxjs';
import { EventTooLargeError } from '../../src/errors.js';
import { parseEventStream } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { referenceParser } from '../support/reference-parser.js';
import { everySplit } from './parse-chunks.js';

describe('parseEventStream', () => {
  describe('onLastEventId', () => {
    /** The reported ids (`#id`) and the data of emitted events, in order. */
    const seenIn = (chunks: string[], options: Parameters<typeof parseEventStream>[0] = {}, count = Infinity) => {
      const seen: string[] = [];
      from(chunks)
        .pipe(parseEventStream({ ...options, onLastEventId: id => seen.push(`#${id}`) }), take(count))
        .subscribe(({ data }) => seen.push(data));
      return seen;
    };

    it('is called before an event that changes the id, and for no other event', () => {
      expect(seenIn(['id: 1\ndata: a\n\ndata: b\n\nid: 1\ndata: c\n\nid\ndata: d\n\ndata: e\n\n'])).toEqual([
        ...['#1', 'a', 'b', 'c', '#', 'd', 'e'],
      ]);
    });

    it('is called for blocks that have an id and no data [pitfall 24]', () => {
      expect(seenIn(['data: a\n\nid: 1\n\n', 'id: 2\n\n', 'id: 2\n\n', 'data: b\n\n'])).toEqual(['a', '#1', '#2', 'b']);
    });

    it('is called once for adjacent blocks without data in a chunk', () => {
      expect(seenIn(['id: 1\n\nid: 2\n\ndata: a\n\nid: 3\n\nid: 4\n\n'])).toEqual(['#2', 'a', '#4']);
    });

    it('is not called for an unfinished block, or for an id with a NUL', () => {
      expect(seenIn(['id: 1\ndata: a\n', 'id: 2\n'])).toEqual([]);
      expect(seenIn(['id: 1\0\ndata: a\n\n'])).toEqual(['a']);
    });

    it('is not called for the given id', () => {
      expect(seenIn(['id: 7\n\n', 'data: a\n\nid: 8\ndata: b\n\n'], { lastEventId: '7' })).toEqual(['a', '#8', 'b']);
    });

    it('is not called for ids after the last event that is taken', () => {
      expect(seenIn(['id: 1\ndata: a\n\nid: 2\n\nid: 3\ndata: b\n\n'], {}, 1)).toEqual(['#1', 'a']);
    });

    it('is called before the error for an event that is too large', () => {
      const ids: string[] = [];
      const parse = parseEventStream({ maxEventSize: 10, onLastEventId: id => ids.push(id) });
      const { error } = observe(of('id: 1\n\ndata: 01234567890').pipe(parse));
      expect(error).toBeInstanceOf(EventTooLargeError);
      expect(ids).toEqual(['1']);
    });

    it('is called separately for each subscription', () => {
      const ids: string[] = [];
      const source = of('id: 1\ndata: a\n\n').pipe(parseEventStream({ onLastEventId: id => ids.push(id) }));
      observe(source);
      observe(source);
      expect(ids).toEqual(['1', '1']);
    });

    it('receives the position at each event and at the end, for every split of random streams [pitfall 24]', async () => {
      for (let seed = firstSeed; seed < firstSeed + 50; seed++) {
        const stream = randomStream(seed);
        const start = seed % 2 === 0 ? '' : '7';
        const { lastEventId } = referenceParser(stream, start);
        for (const chunks of everySplit(stream)) {
          const ids = [start];
          const options = { lastEventId: start, onLastEventId: (id: string) => ids.push(id) };
          const events = from(chunks).pipe(
            parseEventStream(options),
            map(event => ({ own: event.lastEventId, reported: ids.at(-1) })),
            toArray(),
          );
          const seen = await lastValueFrom(events);
          expect({ seed, wrong: seen.filter(({ own, reported }) => own !== reported) }).toEqual({ seed, wrong: [] });
          expect({ seed, lastEventId: ids.at(-1) }).toEqual({ seed, lastEventId });
          // Only changes are reported.
          expect({ seed, same: ids.filter((id, index) => id === ids[index - 1]) }).toEqual({ seed, same: [] });
        }
      }
    });
  });
});
