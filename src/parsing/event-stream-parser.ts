/* eslint @typescript-eslint/no-non-null-assertion: off -- every position is below the length */
import { EventTooLargeError, withoutSecrets } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';

/** What a parser calls as it reads. */
export interface EventStreamHandler {
  onEvent(event: ServerSentEvent): unknown;
  onRetryTime?(milliseconds: number): void;
  onComment?(text: string): void;
}

export interface EventStreamParserOptions {
  /**
   * The largest event, and the largest line, in characters (UTF-16 code units). A larger one is an `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number;
  /**
   * The id that events have until the stream sets one.
   * @default ''
   */
  readonly lastEventId?: string;
  /** Where the bytes come from, for the messages of errors. */
  readonly url?: string;
}

export const DEFAULT_MAX_EVENT_SIZE = 64 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const EMPTY = new Uint8Array(0);
/** For text that is not ASCII, some engines decode several times as fast as a part of a stream; what ends with a line is whole. */
const AS_PART = { stream: true };
/** Up to so many bytes, a loop is faster than a call of the decoder, or of one that copies. */
const FEW = 24;
/** What is no longer than this, in bytes or in lines, may wait for what it is a part of. */
const SHORT = 1024;
/** What is longer than this, in bytes, is counted in pieces, and its buffer is not kept. */
const LONG = 64 * 1024;

/**
 * The event stream interpretation of the HTML standard (§ 9.2.5 and 9.2.6), on bytes.
 *
 * A line end is a byte of its own in UTF-8, never a part of another character: so bytes are kept until the last line end
 * of a chunk, decoded in one shot, and read as text from there. What is behind it waits as bytes, in a buffer that doubles:
 * each byte is copied a bounded number of times, however small the chunks are.
 *
 * Where the text is ASCII, which its length tells, a position in it is one in the bytes, and these are quicker to look at.
 */
export class EventStreamParser {
  /** The last event ID string: what a reconnect would send. It moves at blank lines only, as the standard dispatches. */
  lastEventId: string;

  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly maxEventSize: number;
  private readonly url: string | undefined;
  private atStart = true;
  /** Whether the text before was ASCII. */
  private wasAscii = true;
  /** The last byte was a CR, which ended its line at once: a LF that follows belongs to it. */
  private afterCR = false;

  /** The bytes of the line that has not ended yet: `rest.subarray(0, restLength)`. */
  private rest = EMPTY;
  private restLength = 0;
  /** Counts the characters of an unfinished line that has more bytes than a line may have characters. */
  private counter: TextDecoder | undefined;
  private counted = 0;

  /** The data buffer: what came with earlier chunks, … */
  private parts: string[] = [];
  /** … and so many lines that came with this one. */
  private data = '';
  private lines = 0;
  /** The length of all when joined: a LF for each line but the first; -1 is no data. */
  private dataLength = -1;
  private type = '';
  private id: string;

  constructor(
    private readonly handler: EventStreamHandler,
    { maxEventSize = DEFAULT_MAX_EVENT_SIZE, lastEventId = '', url }: EventStreamParserOptions = {},
  ) {
    this.url = url;
    this.maxEventSize = maxEventSize;
    // The standard starts the buffer empty with each connection; every browser goes on from the position instead, and so
    // does this: an event without an id, right after a reconnect, must not lose the position.
    this.id = this.lastEventId = lastEventId;
  }

  /** Reads a chunk. All that its bytes complete has been handed to the handler when this returns, or throws. */
  push(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length === 0) return;
    let start = this.afterCR && chunk[0] === LF ? 1 : 0;
    this.afterCR = false;

    let end = length;
    while (end > start && chunk[end - 1] !== LF && chunk[end - 1] !== CR) end--;
    try {
      if (end > start) {
        this.afterCR = end === length && chunk[end - 1] === CR;
        if (this.restLength > 0) start = this.readRest(chunk, start, end);
        if (start < end) this.readLines(chunk, start, end);
        this.ownData();
      }
      if (end < length) this.keep(chunk, end);
    } catch (error) {
      // Nothing can follow a line that was refused: its memory goes now, not with the parser.
      this.rest = EMPTY;
      this.restLength = 0;
      this.clearData();
      throw error;
    }
  }

  /** Reads the line that was kept, with its end out of the chunk, and tells where that is. */
  private readRest(chunk: Uint8Array, start: number, lastEnd: number): number {
    // The line is decoded by itself: what is cut from those behind it does not hold its text. Where they are short, it may.
    let end = lastEnd;
    if (this.restLength + end - start > SHORT) {
      end = start;
      while (chunk[end] !== LF && chunk[end] !== CR) end++;
      end += chunk[end] === CR && chunk[end + 1] === LF ? 2 : 1;
    }
    this.append(chunk, start, end);
    const { rest, restLength } = this;
    this.restLength = 0;
    this.counter = undefined;
    // A buffer that one long line has grown is not kept for the short ones after it.
    if (rest.length > LONG) this.rest = EMPTY;
    this.readLines(rest, 0, restLength);
    return end;
  }

  private keep(chunk: Uint8Array, start: number): void {
    this.append(chunk, start, chunk.length);
    if (this.restLength <= this.maxEventSize) return;
    // Only decoded text tells characters from bytes. From here on each chunk is decoded once more, to be counted.
    let at = this.restLength - (chunk.length - start);
    if (!this.counter) {
      this.counter = new TextDecoder('utf-8', { ignoreBOM: !this.atStart });
      this.counted = at = 0;
    }
    // Piece by piece: the text of all of it would be as large again.
    for (; at < this.restLength; at += LONG) {
      const piece = this.rest.subarray(at, Math.min(at + LONG, this.restLength));
      this.counted += this.counter.decode(piece, AS_PART).length;
    }
    this.checkSize(this.counted, 'line');
  }

  private append(chunk: Uint8Array, start: number, end: number): void {
    const length = this.restLength + end - start;
    if (length > this.rest.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.rest.length));
      larger.set(this.rest.subarray(0, this.restLength));
      this.rest = larger;
    }
    const { rest } = this;
    if (end - start > FEW) rest.set(chunk.subarray(start, end), this.restLength);
    else for (let from = start, to = this.restLength; from < end; from++, to++) rest[to] = chunk[from]!;
    this.restLength = length;
  }

  /** Reads whole lines, each with its end, but for a LF of the last CR that may still come. */
  private readLines(bytes: Uint8Array, from: number, to: number): void {
    if (this.atStart) {
      this.atStart = false;
      // One leading BOM goes. It contains no line end, so it is whole here however the chunks split it.
      if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3;
    }
    let length = to - from;
    let ascii = length <= FEW && isAscii(bytes, from, to);
    const text = ascii ? '' : this.decode(bytes, from, to);
    if (!ascii) {
      ascii = text.length === length;
      length = text.length;
    }
    const { maxEventSize } = this;
    // Each search goes on from where the one before it ended: the text is passed over once for LF and once for CR. (A CR that is
    // nowhere must not be asked for by `indexOf` alone: V8 takes that for free, and repeats it for each line.)
    let lf = text.indexOf('\n');
    let cr = text.includes('\r') ? text.indexOf('\r') : -1;

    for (let start = 0, end = 0, next = 0; start < length; start = next) {
      if (text === '') {
        for (end = start; bytes[from + end] !== LF && bytes[from + end] !== CR;) end++;
        next = end + 1;
        if (next < length && bytes[from + end] === CR && bytes[from + next] === LF) next++;
      } else if (cr === -1 || (lf !== -1 && lf < cr)) {
        end = lf;
        next = end + 1;
      } else {
        end = cr;
        next = lf === end + 1 ? end + 2 : end + 1;
      }
      if (end - start > maxEventSize) this.checkSize(end - start, 'line');

      const at = from + start;
      const first = ascii ? bytes[at] : text.charCodeAt(start);
      const isFollowedByBlank = next < length && (ascii ? bytes[from + next] : text.charCodeAt(next)) === LF;
      if (
        first === 0x64 &&
        (ascii
          ? bytes[at + 4] === COLON && bytes[at + 1] === 0x61 && bytes[at + 2] === 0x74 && bytes[at + 3] === 0x61
          : text.startsWith('data:', start))
      ) {
        const space = (ascii ? bytes[at + 5] : text.charCodeAt(start + 5)) === SPACE;
        const valueStart = space ? start + 6 : start + 5;
        const value = text === '' ? fewCharacters(bytes, from + valueStart, from + end) : text.slice(valueStart, end);
        if (this.dataLength < 0 && isFollowedByBlank) {
          // An event of one line, as most are.
          next++;
          this.emit(value);
        } else this.addData(value);
      } else if (start === end) this.dispatch();
      else {
        this.readField(text || this.decode(bytes, from, to), start, end, first!);
        if (this.dataLength < 0 && isFollowedByBlank) {
          // Most often a comment.
          next++;
          this.dispatch();
        }
      }

      if (lf !== -1 && lf < next) lf = text.indexOf('\n', next);
      if (cr !== -1 && cr < next) cr = text.indexOf('\r', next);
    }
  }

  private decode(bytes: Uint8Array, from: number, to: number): string {
    const lines = to - from === bytes.length ? bytes : bytes.subarray(from, to);
    const text = this.wasAscii ? this.decoder.decode(lines) : this.decoder.decode(lines, AS_PART);
    this.wasAscii = text.length === to - from;
    return text;
  }

  private readField(text: string, start: number, end: number, first: number): void {
    switch (first) {
      case COLON:
        this.handler.onComment?.(fieldValue(text, start, end));
        break;
      case 0x64 /* d */:
        // Without a colon: a line of no text.
        if (end - start === 4 && text.startsWith('data', start)) this.addData('');
        break;
      case 0x65 /* e */:
        if (isField('event', text, start, end)) this.type = fieldValue(text, start + 5, end);
        break;
      case 0x69 /* i */:
        if (isField('id', text, start, end)) {
          const value = fieldValue(text, start + 2, end);
          if (!value.includes('\0')) this.id = value;
        }
        break;
      case 0x72 /* r */:
        if (isField('retry', text, start, end)) {
          const value = fieldValue(text, start + 5, end);
          if (/^[0-9]+$/.test(value)) this.handler.onRetryTime?.(Number(value));
        }
        break;
    }
  }

  private addData(value: string): void {
    this.data = this.lines++ > 0 ? `${this.data}\n${value}` : value;
    this.dataLength += value.length + 1;
    this.checkSize(this.dataLength, 'event');
    // A short line takes several times its characters until it is a part of a whole.
    if (this.lines === SHORT) this.ownData();
  }

  /**
   * Engines keep a whole text for what is cut from it. The lines that wait for the rest of their event are copied, or a few
   * characters in each chunk, beside a long comment, would hold all the chunks.
   */
  private ownData(): void {
    if (this.lines === 0) return;
    this.parts.push(own(this.data));
    this.data = '';
    this.lines = 0;
    // Many short ones are joined now and then, less often as they grow.
    if (this.parts.length > SHORT + this.dataLength / 16) this.parts = [this.parts.join('\n')];
  }

  private clearData(): void {
    this.parts = [];
    this.data = '';
    this.lines = 0;
    this.dataLength = -1;
  }

  /** A blank line: the block's id takes force, with or without data, and an event is made where there is data. */
  private dispatch(): void {
    if (this.dataLength < 0) {
      this.lastEventId = this.id;
      this.type = '';
      return;
    }
    const { parts, lines, data } = this;
    this.clearData();
    this.emit(parts.length === 0 ? data : (lines === 0 ? parts : [...parts, data]).join('\n'));
  }

  private emit(data: string): void {
    const { id, type } = this;
    this.lastEventId = id;
    this.type = '';
    this.handler.onEvent({ type: type || 'message', data, lastEventId: id });
  }

  private checkSize(length: number, what: 'line' | 'event'): void {
    if (length > this.maxEventSize) {
      const { maxEventSize, url } = this;
      const from = url === undefined ? '' : ` from ${withoutSecrets(url)}`;
      throw new EventTooLargeError(
        `Expected no ${what} of more than ${maxEventSize} characters (maxEventSize), but one of at least ${length} came${from}`,
        { url },
      );
    }
  }
}

/** The text without that which it was cut from. */
const own = (text: string): string => ` ${text}`.slice(1);

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at]! > 0x7f) return false;
  return true;
}

function fewCharacters(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Whether the line from `start` to `end` is the field `name`, with or without a colon. */
function isField(name: string, text: string, start: number, end: number): boolean {
  const after = start + name.length;
  return text.startsWith(name, start) && (after === end || (after < end && text.charCodeAt(after) === COLON));
}

/** What follows the colon at `colon`, less one leading space; `''` where the line ends there instead. */
function fieldValue(text: string, colon: number, end: number): string {
  const start = colon + 1;
  return text.slice(start < end && text.charCodeAt(start) === SPACE ? start + 1 : start, end);
}
