/* eslint @typescript-eslint/no-non-null-assertion: off -- every position is below the length */
import { EventTooLargeError, withoutSecrets } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { ownText } from '../own-text.js';

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
const BOM = '\ufeff';
const EMPTY = new Uint8Array(0);
const newDecoder = () => new TextDecoder('utf-8', { ignoreBOM: true });
/** Decodes in one shot only, which is several times as fast as the parts of a stream where the text is ASCII, and Node never goes back. */
const wholeDecoder = /* @__PURE__ */ newDecoder();
const AS_PART = { stream: true };
/** Up to so many bytes, a loop is faster than a call of the decoder, or of one that copies. */
const FEW = 24;
/** What is no longer than this, in bytes or in lines, may wait for what it is a part of. */
const SHORT = 1024;
/** A line end is looked for in so many bytes at the end of a chunk. */
const NEAR = 2048;
/** Of an unfinished line, at most so many bytes are kept as such. */
const LONG = 64 * 1024;

/**
 * The event stream interpretation of the HTML standard (§ 9.2.5 and 9.2.6), on bytes.
 *
 * A line end is a byte of its own in UTF-8, never a part of another character: so bytes are kept until the last line end
 * of a chunk, decoded in one shot, and read as text from there. What is behind it waits as bytes; of a long line, as text.
 *
 * Where the text is ASCII, which its length tells, a position in it is one in the bytes, and these are quicker to look at.
 */
export class EventStreamParser {
  /** The last event ID string: what a reconnect would send. It moves at blank lines only, as the standard dispatches. */
  lastEventId: string;

  private readonly maxEventSize: number;
  private readonly url: string | undefined;
  private atStart = true;
  /** How much of ASCII came last, in bytes. After `SHORT`, all is taken for ASCII until it is not. */
  private asciiLength = SHORT;
  /** Decodes parts, where the text is not ASCII: some engines are several times as fast in that, too. */
  private partDecoder: TextDecoder | undefined;
  /** The last byte was a CR, which ended its line at once: a LF that follows belongs to it. */
  private afterCR = false;

  /** The line that has not ended yet: text of at least `SHORT` bytes each, … */
  private pieces: string[] = [];
  private piecesLength = 0;
  /** … and the bytes behind it, `LONG` at the most: `rest.subarray(0, restLength)`. */
  private rest = EMPTY;
  private restLength = 0;

  /** The data buffer: lines, or several in one, as the chunks brought them. */
  private data: string[] = [];
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
    let start = 0;
    if (this.afterCR) {
      this.afterCR = false;
      if (chunk[0] === LF) start = 1;
    }
    // How far back a line end is looked for, before text is made of what may have none: not at all within a long line.
    let near = Math.max(start, length - NEAR);
    if (this.pieces.length > 0) near = length - start < SHORT ? start : length;
    let end = length;
    while (end > near && chunk[end - 1] !== LF && chunk[end - 1] !== CR) end--;
    if (end === near && near > start) {
      if (this.keepLong(chunk, start)) return;
      while (end > start && chunk[end - 1] !== LF && chunk[end - 1] !== CR) end--;
    }
    if (end > start) {
      this.afterCR = end === length && chunk[end - 1] === CR;
      if (this.restLength > 0 || this.pieces.length > 0) start = this.readRest(chunk, start, end);
      if (start < end) this.readBytes(chunk, start, end);
    }
    if (end < length) this.keep(chunk, end);
  }

  /** Reads the line that was kept, with its end out of the chunk, and tells where that is. */
  private readRest(chunk: Uint8Array, start: number, lastEnd: number): number {
    // The line is decoded by itself: what is cut from those behind it does not hold its text. Where they are short, it may.
    let end = lastEnd;
    if (this.pieces.length > 0 || this.restLength + end - start > SHORT) {
      end = start;
      while (chunk[end] !== LF && chunk[end] !== CR) end++;
      end += lineEndLength('', chunk, end);
      // Most often that ends its event, which is then read at once.
      end += lineEndLength('', chunk, end);
    }
    if (this.pieces.length > 0 || this.restLength + end - start > LONG) {
      this.decodeRest();
      this.pieces.push(this.decodePart(chunk, start, end));
      const line = this.pieces.join('');
      this.pieces = [];
      this.piecesLength = 0;
      this.readLines(line);
    } else {
      this.append(chunk, start, end);
      const { restLength } = this;
      this.restLength = 0;
      this.readBytes(this.rest, 0, restLength);
    }
    return end;
  }

  /** Keeps a chunk that has no line end, as text; false where it has one, or may have. */
  private keepLong(chunk: Uint8Array, start: number): boolean {
    // Engines decode ASCII, and look for a character in text, several times as fast as any loop looks at the bytes.
    this.decodeRest();
    if (this.asciiLength < SHORT) return false;
    const text = wholeDecoder.decode(start === 0 ? chunk : chunk.subarray(start));
    if (!isAsciiText(text, chunk.length - start) || text.includes('\n') || text.includes('\r')) return false;
    this.atStart = false;
    this.keepPiece(text);
    return true;
  }

  /** Keeps what has no line end. */
  private keep(chunk: Uint8Array, start: number): void {
    const { length } = chunk;
    if (this.restLength + length - start > LONG) {
      this.decodeRest();
      this.keepPiece(this.decodePart(chunk, start, length));
    } else {
      this.append(chunk, start, length);
      // Only text tells characters from bytes, 3 of which may wait in the decoder for the end of their character.
      if (this.piecesLength + this.restLength + 3 > this.maxEventSize) this.decodeRest();
    }
  }

  private decodeRest(): void {
    const { restLength } = this;
    if (restLength === 0) return;
    this.restLength = 0;
    this.keepPiece(this.decodePart(this.rest, 0, restLength));
  }

  private keepPiece(piece: string): void {
    this.pieces.push(piece);
    this.piecesLength += piece.length;
    this.checkSize(this.piecesLength, 'line');
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

  /** Text of bytes that end anywhere. One leading BOM goes. */
  private decodePart(bytes: Uint8Array, from: number, to: number): string {
    const text = this.decodeAnywhere(bytes.subarray(from, to));
    if (!this.atStart || text === '') return text;
    this.atStart = false;
    return text.startsWith(BOM) ? text.slice(1) : text;
  }

  private decodeAnywhere(part: Uint8Array): string {
    if (this.asciiLength >= SHORT) {
      const text = wholeDecoder.decode(part);
      if (isAsciiText(text, part.length)) return text;
      this.asciiLength = 0;
    }
    return this.decodeAsPart(part);
  }

  /** Reads whole lines, each with its end, but for a LF of the last CR that may still come. */
  private readBytes(bytes: Uint8Array, from: number, to: number): void {
    if (this.atStart) {
      this.atStart = false;
      // One leading BOM goes. It contains no line end, so it is whole here however the chunks split it.
      if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3;
    }
    const length = to - from;
    if (length === 1) this.readLines('\n');
    else if (length > FEW || !this.readFew(bytes, from, to)) {
      const lines = length === bytes.length ? bytes : bytes.subarray(from, to);
      const text = this.asciiLength >= SHORT ? wholeDecoder.decode(lines) : this.decodeAsPart(lines);
      const isAscii = text.length === length;
      this.asciiLength = isAscii ? this.asciiLength + length : 0;
      this.readLines(text, isAscii ? lines : undefined);
    }
  }

  /** Reads an event of one short line, which is a chunk, as events of a few characters are; false for what has another shape. */
  private readFew(bytes: Uint8Array, from: number, to: number): boolean {
    if (this.dataLength >= 0 || bytes[to - 1] !== LF || bytes[to - 2] !== LF || to - from > this.maxEventSize)
      return false;
    if (bytes[from] !== 0x64 || !isData('', bytes, from, to)) return false;
    let data = '';
    for (let at = bytes[from + 5] === SPACE ? from + 6 : from + 5; at < to - 2; at++) {
      const byte = bytes[at]!;
      if (byte > 0x7f || byte === LF || byte === CR) return false;
      data += String.fromCharCode(byte);
    }
    const { id, type } = this;
    this.lastEventId = id;
    this.type = '';
    this.handler.onEvent({ type: type || 'message', data, lastEventId: id });
    return true;
  }

  private decodeAsPart(bytes: Uint8Array): string {
    this.partDecoder ??= newDecoder();
    return this.partDecoder.decode(bytes, AS_PART);
  }

  /** Reads lines: of ASCII, where they are given as `bytes`, too. */
  private readLines(text: string, bytes?: Uint8Array): void {
    const { length } = text;
    const { handler, maxEventSize } = this;
    // What is in variables here is read and written many times as fast as what is in fields.
    let { id, type, dataLength } = this;
    let data = '';
    let lines = 0;
    // Each search goes on from where the one before it ended: the text is passed over once for LF and once for CR. (A CR that is
    // nowhere must not be asked for by `indexOf` alone: V8 takes that for free, and repeats it for each line.)
    let lf = text.indexOf('\n');
    let cr = text.includes('\r') ? text.indexOf('\r') : -1;

    for (let start = 0, end = 0, next = 0; start < length; start = next) {
      if (cr === -1 || (lf !== -1 && lf < cr)) {
        end = lf;
        next = end + 1;
      } else {
        end = cr;
        next = lf === end + 1 ? end + 2 : end + 1;
      }
      if (end - start > maxEventSize) this.checkSize(end - start, 'line');

      const first = codeAt(text, bytes, start);
      if (first === 0x64 && isData(text, bytes, start, end)) {
        const space = codeAt(text, bytes, start + 5) === SPACE;
        const valueStart = Math.min(end, space ? start + 6 : start + 5);
        const blank = dataLength < 0 && next < length ? lineEndLength(text, bytes, next) : 0;
        if (blank > 0) {
          // An event of one line, as most are.
          next += blank;
          this.lastEventId = id;
          const value = text.slice(valueStart, end);
          handler.onEvent({ type: type || 'message', data: value, lastEventId: id });
          type = '';
        } else {
          // With its line end: that is one operation for each line.
          const line = end === lf ? text.slice(valueStart, next) : `${text.slice(valueStart, end)}\n`;
          data = lines++ > 0 ? data + line : line;
          dataLength += line.length;
          if (dataLength > maxEventSize) this.checkSize(dataLength, 'event');
          // A short line takes several times its characters until it is a part of a whole.
          if (lines === SHORT) {
            this.keepData(data, lines, text, dataLength);
            lines = 0;
          }
        }
      } else if (start === end) {
        // A blank line: the block's id takes force, with or without data, and an event is made where there is data.
        this.lastEventId = id;
        if (dataLength >= 0) {
          if (this.data.length > 0) {
            if (lines > 0) this.data.push(data);
            data = this.data.join('');
            this.data = [];
          }
          dataLength = -1;
          lines = 0;
          handler.onEvent({ type: type || 'message', data: data.slice(0, -1), lastEventId: id });
        }
        type = '';
      } else {
        switch (first) {
          case COLON:
            handler.onComment?.(fieldValue(text, start, end));
            break;
          case 0x65 /* e */:
            if (isEvent(text, bytes, start, end)) type = fieldValue(text, start + 5, end);
            break;
          case 0x69 /* i */:
            if (isId(text, bytes, start, end)) {
              const value = fieldValue(text, start + 2, end);
              if (!value.includes('\0')) id = value;
            }
            break;
          case 0x72 /* r */:
            // Without a colon there are no digits.
            if (text.startsWith('retry:', start)) {
              const value = fieldValue(text, start + 5, end);
              if (/^[0-9]+$/.test(value)) handler.onRetryTime?.(Number(value));
            }
            break;
        }
        const blank = dataLength < 0 && next < length ? lineEndLength(text, bytes, next) : 0;
        if (blank > 0) {
          // Most often a comment.
          next += blank;
          this.lastEventId = id;
          type = '';
        }
      }

      // Not to look for a line behind the last one.
      if (next === length) break;
      if (lf !== -1 && lf < next) lf = text.indexOf('\n', next);
      if (cr !== -1 && cr < next) cr = text.indexOf('\r', next);
    }
    this.type = type;
    this.dataLength = dataLength;
    if (lines > 0) this.keepData(data, lines, text, dataLength);
    if (id !== this.id) {
      this.id = ownText(id);
      this.lastEventId = this.lastEventId === id ? this.id : ownText(this.lastEventId);
    }
  }

  /** A few characters in each chunk, beside a long comment, must not hold all the chunks. */
  private keepData(data: string, lines: number, text: string, dataLength: number): void {
    this.data.push(lines === 1 && 2 * data.length > text.length ? data : ownText(data));
    // Many short ones are joined now and then, less often as they grow.
    if (this.data.length > SHORT + dataLength / 16) this.data = [this.data.join('')];
  }

  private checkSize(length: number, what: 'line' | 'event'): void {
    const { maxEventSize, url } = this;
    if (length <= maxEventSize) return;
    // Nothing can follow what was refused: its memory goes now, not with the parser.
    this.rest = EMPTY;
    this.restLength = this.piecesLength = 0;
    this.pieces = this.data = [];
    this.dataLength = -1;
    const from = url === undefined ? '' : ` from ${withoutSecrets(url)}`;
    throw new EventTooLargeError(
      `Expected no ${what} of more than ${maxEventSize} characters (maxEventSize), but one of at least ${length} came${from}`,
      { url },
    );
  }
}

/** Whether the text of so many bytes is ASCII. (Of bytes that are no UTF-8, too, each can be a character: U+FFFD.) */
const isAsciiText = (text: string, length: number) => text.length === length && !text.includes('\ufffd');

const codeAt = (text: string, bytes: Uint8Array | undefined, at: number) => (bytes ? bytes[at] : text.charCodeAt(at));

/** The length of the line end at `at`, or 0 where there is none. */
function lineEndLength(text: string, bytes: Uint8Array | undefined, at: number): number {
  const code = codeAt(text, bytes, at);
  if (code === LF) return 1;
  if (code !== CR) return 0;
  return codeAt(text, bytes, at + 1) === LF ? 2 : 1;
}

// Whether the line from `start` to `end`, which begins as it does, is this field, with or without a colon. Loops over names take
// twice as long.
const isData = (text: string, bytes: Uint8Array | undefined, start: number, end: number) =>
  codeAt(text, bytes, start + 1) === 0x61 &&
  codeAt(text, bytes, start + 2) === 0x74 &&
  codeAt(text, bytes, start + 3) === 0x61 &&
  (codeAt(text, bytes, start + 4) === COLON || end - start === 4);
const isEvent = (text: string, bytes: Uint8Array | undefined, start: number, end: number) =>
  codeAt(text, bytes, start + 1) === 0x76 &&
  codeAt(text, bytes, start + 2) === 0x65 &&
  codeAt(text, bytes, start + 3) === 0x6e &&
  codeAt(text, bytes, start + 4) === 0x74 &&
  (codeAt(text, bytes, start + 5) === COLON || end - start === 5);
const isId = (text: string, bytes: Uint8Array | undefined, start: number, end: number) =>
  codeAt(text, bytes, start + 1) === 0x64 && (codeAt(text, bytes, start + 2) === COLON || end - start === 2);

/** What follows the colon at `colon`, less one leading space; `''` where the line ends there instead. */
function fieldValue(text: string, colon: number, end: number): string {
  const start = colon + 1;
  return text.slice(start < end && text.charCodeAt(start) === SPACE ? start + 1 : start, end);
}
