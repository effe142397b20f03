import { describe, expect, it } from '@jest/globals';
import { firstSeed, randomStream } from './random-stream.js';
import { referenceParser } from './reference-parser.js';
import { ReferenceTimeline } from './reference-timeline.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('ReferenceTimeline', () => {
  it('reports the same for each prefix of a random stream as the reference parser', () => {
    let items = 0;
    for (let seed = firstSeed; seed < firstSeed + 50; seed++) {
      const stream = randomStream(seed);
      const timeline = new ReferenceTimeline(stream, { lastEventId: 'before' });
      for (let length = 0; length <= stream.length; length++) {
        const moment = timeline.after(length);
        const said = { items: timeline.items.slice(0, moment.items), lastEventId: moment.lastEventId };
        expect({ seed, ...said }).toEqual({ seed, ...referenceParser(stream.subarray(0, length), 'before') });
        expect(moment.tooLarge).toBeUndefined();
      }
      items += timeline.items.length;
    }
    expect(items).toBeGreaterThan(20);
  });

  it('reports a line as too large after the first byte over the limit, whether the line has ended or not', () => {
    const timeline = new ReferenceTimeline(utf8('\ufeffid:1\r\n\r\n:345\r\n:é45678\n'), { maxEventSize: 4 });
    const tooLarge = Array.from(timeline.stream, (_, at) => timeline.after(at + 1).tooLarge).indexOf('line');
    expect(tooLarge).toBe(utf8('\ufeffid:1\r\n\r\n:345\r\n:é456').length - 1);
    expect(timeline.after(timeline.stream.length)).toEqual({
      items: 1,
      lastEventId: '1',
      tooLarge: 'line',
      mayBeTooLarge: false,
    });
  });

  it('leaves open whether an incomplete character counts', () => {
    const timeline = new ReferenceTimeline(utf8(':😀😀\n'), { maxEventSize: 3 });
    const moments = Array.from(timeline.stream, (_, at) => timeline.after(at + 1));
    expect(moments.map(({ mayBeTooLarge }) => mayBeTooLarge).indexOf(true)).toBe(5);
    expect(moments.map(({ tooLarge }) => tooLarge).indexOf('line')).toBe(8);
  });

  it('reports the line with which an event is too large, and the items before it', () => {
    const stream = utf8(': a\ndata:123\ndata:123\ndata:\n\ndata: 12\ndata:123\ndata:\ndata\ndata\n: b\n');
    const timeline = new ReferenceTimeline(stream, { maxEventSize: 8 });
    const said = Array.from(timeline.lineEnds, end => timeline.after(end));
    expect(said.map(({ tooLarge }) => tooLarge)).toEqual([...Array<undefined>(9), 'event', 'event']);
    expect(said.map(({ items }) => items)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]);
  });

  it('returns the last event ID at the time of each item', () => {
    const timeline = new ReferenceTimeline(utf8('id: 1\ndata: a\n: c\n\n: d\nid: 2\nretry: 5\n\n'));
    expect(timeline.items.map((_, index) => timeline.at(index).lastEventId)).toEqual(['', '1', '1', '1']);
  });
});
