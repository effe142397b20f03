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
/** How many bytes at the end of a chunk are searched for a line end. */
const NEAR = 2048;
/** How many bytes of an unfinished line are kept as bytes. */
const LONG = 64 * 1024;

export const newDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Shared by all parsers: its input never ends inside a character, so it holds no state. It's created on first use
 * because some platforms have no decoder while modules load.
 */
let decoder: TextDecoder | undefined;

/**
 * Parses an event stream from bytes, as the HTML standard defines it (§ 9.2.5 and 9.2.6).
 *
 * In UTF-8, a line end is never part of another character. So the parser decodes everything up to the last line end of
 * a chunk in one shot, and reads it as text. It keeps the bytes after that line end for later. For a long line, it
 * keeps text.
 *
 * If the text is as long as its bytes, it's ASCII. Then positions in both are the same, and the parser looks at the
 * bytes, which is faster.
 */
export class EventStreamParser extends LineReader {
  private encode: ChunkEncoder | undefined;
  protected atStart = true;
  /** The last byte was a CR. It ended its line, so an LF at the start of the next chunk belongs to it. */
  private afterCR = false;

  /** The text of the unfinished line. */
  private pieces = NO_PARTS;
  /** The length of that text. */
  private piecesLength = 0;
  /** The bytes that follow that text: `rest.subarray(0, restLength)`. */
  protected rest = EMPTY;
  protected restLength = 0;

  constructor(
    handler: EventStreamHandler,
    options?: EventStreamParserOptions,
    /** Creates the encoder for chunks of text. Without it, only bytes are accepted. */
    private readonly newEncoder?: () => ChunkEncoder,
  ) {
    super(handler, options);
  }

  /** Whether no line and no block is unfinished. */
  get isBetweenEvents(): boolean {
    return this.restLength === 0 && this.pieces.length === 0 && this.isBetweenBlocks;
  }

  /** Reads a chunk. Calls the handler for everything the chunk completes, then returns or throws. */
  push(chunk: Uint8Array | string): void {
    if (!ArrayBuffer.isView(chunk)) this.encode ??= this.newEncoder?.() ?? refuse;
    this.readChunk(this.encode ? this.encode(chunk) : (chunk as Uint8Array));
  }

  private readChunk(chunk: Uint8Array): void {
    const { length } = chunk;
    if (length === 0) return;
    let start = this.afterCR && chunk[0] === LF ? 1 : 0;
    this.afterCR = chunk[length - 1] === CR;
    // The end of the search for a line end. Inside a long line, a long chunk isn't searched: it's read as text.
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
      // The limit counts characters, so the bytes must become text. Up to 3 bytes may be part of an unfinished
      // character.
      if (this.restLength + 3 > Math.min(LONG, this.maxEventSize - this.piecesLength)) this.readAsText(EMPTY);
    }
  }

  /**
   * Reads a chunk that may be part of a long line. Engines search text several times faster than a loop searches bytes.
   */
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
        // Joins only this line, so that strings cut from later lines don't keep its text in memory.
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

  /** Keeps a piece of `text` that contains no line end. */
  private keep(piece: string, text: string): void {
    this.piecesLength += piece.length;
    this.pieces = addPart(this.pieces, keptPart(piece, text), this.piecesLength);
    this.checkSize(this.piecesLength, 'line');
  }

  /** Reads the kept line together with its end in this chunk. Returns the position after it. */
  private readRest(chunk: Uint8Array, start: number, lastEnd: number): number {
    // Decodes only this line, so that strings cut from later lines don't keep its text in memory. Short text doesn't
    // matter.
    let end = lastEnd;
    if (this.restLength + end - start > SHORT) {
      end = start;
      while (chunk[end] !== LF && chunk[end] !== CR) end++;
      end += lineEndLength('', chunk, end);
      // Usually a blank line follows, and the event can be read at once.
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

  /** Copies bytes of a chunk to the end of `rest`, which has room for them. */
  protected copy(chunk: Uint8Array, start: number, end: number): void {
    this.rest.set(chunk.subarray(start, end), this.restLength);
  }

  /** Reads whole lines. After a final CR, its LF may still follow in the next chunk. */
  protected readBytes(bytes: Uint8Array, from: number, to: number): void {
    const lines = to - from === bytes.length ? bytes : bytes.subarray(from, to);
    const text = this.decode(lines);
    this.readLines(text, text.length === lines.length ? lines : undefined);
  }

  /** Decodes bytes that don't end inside a character. */
  private decode(bytes: Uint8Array): string {
    const text = this.decodeBytes(bytes);
    if (!this.atStart) return text;
    this.atStart = false;
    // [spec] HTML § 9.2.5: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
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

/**
 * Returns how many bytes come before an unfinished character at the end. Bytes that the decoder already replaces with
 * U+FFFD don't count as unfinished.
 */
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
  // If there are only continuation bytes, there is no lead byte.
  const size = lead >= 0xc2 && lead <= 0xf4 && !isBad ? (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4) : 0;
  return start + size > length ? start : length;
}

const refuse: ChunkEncoder = chunk => {
  throw new TypeError(noChunk(chunk));
};
