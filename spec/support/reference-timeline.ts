/* eslint @typescript-eslint/no-non-null-assertion: off -- every index is below the length */
import { type ReferenceItem, referenceParser } from './reference-parser.js';

export interface ReferenceTimelineOptions {
  readonly lastEventId?: string;
  readonly maxEventSize?: number;
  /** Whether only events count, without comments and retry times. */
  readonly eventsOnly?: boolean;
}

/** The expected output after a number of bytes of a stream. */
export interface Moment {
  /** The number of items. */
  items: number;
  lastEventId: string;
  tooLarge: 'line' | 'event' | undefined;
  /**
   * Whether the line is too large if the incomplete character counts. A parser may count a character before it is
   * complete, but doesn't have to.
   */
  mayBeTooLarge: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
/** Text that occurs in no stream. */
const MARK = '\u{f0000}mark';

/**
 * The output of the reference parser for each prefix of a stream. It parses the stream once, with a mark after each
 * line: a comment, or an event after a blank line, which belongs to no other event and shows the last event ID.
 */
export class ReferenceTimeline {
  /** All items of the stream, as without `maxEventSize`. */
  readonly items: ReferenceItem[] = [];
  /** The number of bytes up to the end of each line. A CR ends its line at once. */
  readonly lineEnds: number[] = [];

  private readonly maxEventSize: number;
  /** The number of items and the last event ID after each number of lines. */
  private readonly afterLines: Pick<Moment, 'items' | 'lastEventId'>[];
  private readonly linesBeforeTooLarge: number = Infinity;
  private readonly tooLarge: 'line' | 'event' | undefined;
  private lastLength = 0;
  private lastLines = 0;

  constructor(
    readonly stream: Uint8Array,
    { lastEventId = '', maxEventSize = Infinity, eventsOnly = false }: ReferenceTimelineOptions = {},
  ) {
    this.maxEventSize = maxEventSize;
    for (let at = 0; at < stream.length; at++) {
      if (stream[at] === CR || (stream[at] === LF && stream[at - 1] !== CR)) this.lineEnds.push(at + 1);
    }

    const lines = new TextDecoder()
      .decode(stream)
      .split(/\r\n|\r|\n/)
      .slice(0, -1);
    this.afterLines = [{ items: 0, lastEventId }];
    const marked = lines.map(line => (line === '' ? `\ndata:${MARK}\n\n` : `${line}\n:${MARK}\n`)).join('');
    for (const item of referenceParser(new TextEncoder().encode(`\ufeff${marked}`), lastEventId).items) {
      if (item.kind === 'event' && item.event.data === MARK) lastEventId = item.event.lastEventId;
      else if (item.kind !== 'comment' || item.text !== MARK) {
        if (item.kind === 'event' || !eventsOnly) this.items.push(item);
        continue;
      }
      this.afterLines.push({ items: this.items.length, lastEventId });
    }
    if (this.afterLines.length !== lines.length + 1 || this.lineEnds.length !== lines.length)
      throw new Error('Expected a stream in which each line can be marked');

    let size = -1;
    for (const [index, line] of lines.entries()) {
      if (line === '') size = -1;
      else if (line === 'data' || line.startsWith('data:')) size += 1 + line.replace(/^data:? ?/, '').length;
      if (line.length > maxEventSize || size > maxEventSize) {
        this.linesBeforeTooLarge = index;
        this.tooLarge = line.length > maxEventSize ? 'line' : 'event';
        break;
      }
    }
  }

  after(length: number): Moment {
    const lines = Math.min(this.linesWithin(length), this.linesBeforeTooLarge);
    const { items, lastEventId } = this.afterLines[lines]!;
    const moment: Moment = { items, lastEventId, tooLarge: undefined, mayBeTooLarge: false };
    let start = this.lineEnds[lines - 1] ?? 0;
    if (lines === this.linesBeforeTooLarge && length >= this.lineEnds[lines]!) moment.tooLarge = this.tooLarge;
    else if (length - start > this.maxEventSize) {
      if (this.stream[start] === LF && this.stream[start - 1] === CR) start++;
      const decoder = new TextDecoder('utf-8', { ignoreBOM: start > 0 });
      const characters = decoder.decode(this.stream.subarray(start, length), { stream: true }).length;
      if (characters > this.maxEventSize) moment.tooLarge = 'line';
      else moment.mayBeTooLarge = characters + decoder.decode().length > this.maxEventSize;
    }
    return moment;
  }

  /**
   * Returns the expected output right after an item: the line that completes it has been read (for an event, the blank
   * line), but no later one.
   */
  at(item: number): Moment {
    return this.after(this.lineEnds[this.afterLines.findIndex(({ items }) => items > item) - 1]!);
  }

  private linesWithin(length: number): number {
    // Most calls come with a slightly larger length than the previous one.
    if (length < this.lastLength) this.lastLines = 0;
    this.lastLength = length;
    while (this.lineEnds[this.lastLines]! <= length) this.lastLines++;
    return this.lastLines;
  }
}
