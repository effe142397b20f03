/* eslint @typescript-eslint/no-non-null-assertion: off -- every position is below the length */
import { noChunk } from '#texts';
import type { ChunkEncoder } from './chunk-encoder.js';
import {
  addPart,
  CR,
  type EventStreamHandler,
  type EventStreamParserOptions,
  keptPart,
  LF,
  lineEndLength,
  LineReader,
  NO_PARTS,
  SHORT,
} from './line-reader.js';

const BOM = '\ufeff';
const EMPTY = new Uint8Array(0);
/** A line end is looked for in so many bytes at the end of a chunk. */
const NEAR = 2048;
/** Of an unfinished line, at most so many bytes are kept as such. */
const LONG = 64 * 1024;

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true });

/** One for all: what it is given never ends within a character. It is made when it is needed: not every platform has one as modules load. */
let decoder: TextDecoder | undefined;

/**
 * The event stream interpretation of the HTML standard (§ 9.2.5 and 9.2.6), on bytes.
 *
 * A line end is a byte of its own in UTF-8, never a part of another character: so bytes are kept until the last line end of a chunk, decoded in one
 * shot, and read as text from there. What is behind it waits as bytes; of a long line, as text.
 *
 * If the text is ASCII, which its length tells, a position in it is one in the bytes, and these are quicker to look at.
 */
export class EventStreamParser extends LineReader {
  private encode: ChunkEncoder | undefined;
  protected atStart = true;
  /** The last byte was a CR, which ended its line at once: a LF that follows belongs to it. */
  private afterCR = false;

  /** The line that has not ended yet, … */
  private pieces = NO_PARTS;
  /** … of so many characters, … */
  private piecesLength = 0;
  /** … and the bytes behind it: `rest.subarray(0, restLength)`. */
  protected rest = EMPTY;
  protected restLength = 0;

  constructor(
    handler: EventStreamHandler,
    options?: EventStreamParserOptions,
    /** For chunks of text. Without it all are bytes. */
    private readonly newEncoder?: () => ChunkEncoder,
  ) {
    super(handler, options);
  }

  /** Whether nothing is unfinished: no line and no block. */
  get isBetweenEvents(): boolean {
    return this.restLength === 0 && this.pieces.length === 0 && this.isBetweenBlocks;
  }

  /** Reads a chunk. All that it completes has been handed to the handler when this returns, or throws. */
  push(chunk: Uint8Array | string): void {
    if (!ArrayBuffer.isView(chunk)) this.encode ??= this.newEncoder?.() ?? refuse;
    this.readChunk(this.encode ? this.encode(chunk) : (chunk as Uint8Array));
  }

  private readChunk(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length === 0) return;
    let start = this.afterCR && chunk[0] === LF ? 1 : 0;
    this.afterCR = chunk[length - 1] === CR;
    // How far back a line end is looked for, before text is made of what may have none: not at all within a long line.
    const isLong = this.pieces.length > 0;
    const near = isLong && length >= SHORT ? length : Math.max(start, length - NEAR);
    let end = length;
    while (end > near && chunk[end - 1] !== LF && chunk[end - 1] !== CR) end--;
    if (end > start && (isLong || end === near)) {
      this.readAsText(start === 0 ? chunk : chunk.subarray(start));
      return;
    }
    if (end > start) {
      if (this.restLength > 0) start = this.readRest(chunk, start, end);
      if (start < end) this.readBytes(chunk, start, end);
    }
    if (end < length) {
      this.append(chunk, end, length);
      // Only text tells characters from bytes, 3 of which may wait for the end of their character.
      if (this.restLength + 3 > Math.min(LONG, this.maxEventSize - this.piecesLength)) this.readAsText(EMPTY);
    }
  }

  /** Reads a chunk that may be all of one line. Engines look for a character in text several times as fast as any loop does in bytes. */
  private readAsText(chunk: Uint8Array): void {
    if (this.restLength > 0) {
      this.append(chunk, 0, chunk.length);
      chunk = this.rest.subarray(0, this.restLength);
      this.restLength = 0;
    }
    const { length } = chunk;
    const whole = wholeLength(chunk);
    if (whole > 0) this.readText(this.decode(whole < length ? chunk.subarray(0, whole) : chunk));
    if (whole < length) this.append(chunk, whole, length);
  }

  private readText(text: string): void {
    const lf = text.indexOf('\n');
    const cr = text.indexOf('\r');
    let end = 0;
    if (lf >= 0 || cr >= 0) {
      if (this.pieces.length > 0) {
        end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
        end += lineEndLength(text, undefined, end);
        // The line is joined by itself: what is cut from those behind it does not hold its text.
        const line = [...this.pieces, text.slice(0, end)].join('');
        this.pieces = NO_PARTS;
        this.piecesLength = 0;
        this.readLines(line);
      }
      const last = Math.max(text.lastIndexOf('\n'), cr < 0 ? cr : text.lastIndexOf('\r')) + 1;
      if (last > end) this.readLines(text.slice(end, last));
      end = last;
    }
    if (end < text.length) this.keep(text.slice(end), text);
  }

  /** Keeps a piece of `text`, which has no line end. */
  private keep(piece: string, text: string): void {
    this.piecesLength += piece.length;
    this.pieces = addPart(this.pieces, keptPart(piece, text), this.piecesLength);
    this.checkSize(this.piecesLength, 'line');
  }

  /** Reads the line that was kept, with its end out of the chunk, and tells where that is. */
  private readRest(chunk: Uint8Array, start: number, lastEnd: number): number {
    // The line is decoded by itself: what is cut from those behind it does not hold its text. Where they are short, it may.
    let end = lastEnd;
    if (this.restLength + end - start > SHORT) {
      end = start;
      while (chunk[end] !== LF && chunk[end] !== CR) end++;
      end += lineEndLength('', chunk, end);
      // Most often that ends its event, which is then read at once.
      end += lineEndLength('', chunk, end);
    }
    this.append(chunk, start, end);
    const { restLength } = this;
    this.restLength = 0;
    this.readBytes(this.rest, 0, restLength);
    return end;
  }

  private append(chunk: Uint8Array, start: number, end: number): void {
    const length = this.restLength + end - start;
    if (length > this.rest.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.rest.length));
      larger.set(this.rest.subarray(0, this.restLength));
      this.rest = larger;
    }
    this.copy(chunk, start, end);
    this.restLength = length;
  }

  /** Copies bytes of a chunk behind the rest, which has room for them. */
  protected copy(chunk: Uint8Array, start: number, end: number): void {
    this.rest.set(chunk.subarray(start, end), this.restLength);
  }

  /** Reads whole lines, each with its end, but for a LF of the last CR that may still come. */
  protected readBytes(bytes: Uint8Array, from: number, to: number): void {
    const lines = to - from === bytes.length ? bytes : bytes.subarray(from, to);
    const text = this.decode(lines);
    this.readLines(text, text.length === lines.length ? lines : undefined);
  }

  /** Text of bytes that don't end within a character. */
  private decode(bytes: Uint8Array): string {
    const text = this.decodeBytes(bytes);
    if (!this.atStart) return text;
    this.atStart = false;
    // [spec] HTML § 9.2.5: "Streams must be decoded using the UTF-8 decode algorithm", which strips one leading byte order mark.
    return text.startsWith(BOM) ? text.slice(1) : text;
  }

  protected decodeBytes(bytes: Uint8Array): string {
    decoder ??= newDecoder();
    return decoder.decode(bytes);
  }

  protected override discard(): void {
    super.discard();
    this.pieces = NO_PARTS;
    this.rest = EMPTY;
    this.piecesLength = this.restLength = 0;
  }
}

/** How many bytes come before the character that the last ones begin and do not end: none that the decoder would have replaced by now. */
function wholeLength(bytes: Uint8Array): number {
  const { length } = bytes;
  let start = length - 1;
  while (start > length - 4 && bytes[start]! >> 6 === 2) start--;
  const lead = bytes[start]!;
  const second = bytes[start + 1]!;
  // [spec] Encoding § 8.1.1: "If byte is 0xE0, then set UTF-8 lower boundary to 0xA0", and so on for ED, F0 and F4.
  const isBad =
    second < (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0) ||
    second > (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xff);
  // Where there are continuation bytes only, there is no lead.
  const size = lead >= 0xc2 && lead <= 0xf4 && !isBad ? (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4) : 0;
  return start + size > length ? start : length;
}

const refuse: ChunkEncoder = chunk => {
  throw new TypeError(noChunk(chunk));
};
