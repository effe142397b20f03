/* eslint @typescript-eslint/no-non-null-assertion: off -- every position is below the length */
import { EventStreamParser as PageParser, newDecoder } from './event-stream-parser.js';
import { CR, isData, LF, SHORT, SPACE } from './line-reader.js';

/** Decodes all bytes in one shot. Several times faster for ASCII. */
const wholeDecoder = /* @__PURE__ */ newDecoder();
/**
 * Decodes the bytes as parts of a stream. Faster for other text. Its input never ends inside a character, so it holds
 * no state.
 */
const partDecoder = /* @__PURE__ */ newDecoder();
const AS_PART = { stream: true };
/** Up to this many bytes, a loop is faster than a call to the decoder or to a copy function. */
const FEW = 24;

/**
 * The parser for Node. Decoders in Node are slow for a few bytes, and for decoding other text than ASCII in one shot.
 * Pages load only `event-stream-parser.ts`: `imports` in package.json selects the file.
 */
export class EventStreamParser extends PageParser {
  /** The number of ASCII bytes since the last other text. From `SHORT` on, the parser expects more ASCII. */
  private asciiLength = SHORT;

  protected override decodeBytes(bytes: Uint8Array): string {
    const { length } = bytes;
    const text = this.asciiLength >= SHORT ? wholeDecoder.decode(bytes) : partDecoder.decode(bytes, AS_PART);
    this.asciiLength = text.length === length ? this.asciiLength + length : 0;
    return text;
  }

  protected override readBytes(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > FEW || !this.readFew(bytes, from, to)) super.readBytes(bytes, from, to);
  }

  protected override copy(chunk: Uint8Array, start: number, end: number): void {
    if (end - start > FEW) super.copy(chunk, start, end);
    else for (let from = start, to = this.restLength; from < end; from++, to++) this.rest[to] = chunk[from]!;
  }

  /** Reads a single line end, or a short event with one data line. Returns `false` for anything else. */
  private readFew(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from === 1) {
      this.atStart = false;
      this.readLines('\n');
      return true;
    }
    if (this.dataLength >= 0 || bytes[to - 1] !== LF || bytes[to - 2] !== LF || to - from > this.maxEventSize)
      return false;
    if (bytes[from] !== 0x64 || !isData('', bytes, from, to)) return false;
    let data = '';
    for (let at = bytes[from + 5] === SPACE ? from + 6 : from + 5; at < to - 2; at++) {
      const byte = bytes[at]!;
      if (byte > 0x7f || byte === LF || byte === CR) return false;
      data += String.fromCharCode(byte);
    }
    this.atStart = false;
    this.dispatch(data);
    return true;
  }
}
