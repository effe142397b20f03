/* eslint @typescript-eslint/no-non-null-assertion: off -- every position is below the length */
import { EventStreamParser as PageParser, newDecoder } from './event-stream-parser.js';
import { CR, isData, LF, SHORT, SPACE } from './line-reader.js';

/** In one shot: several times as fast if the text is ASCII. */
const wholeDecoder = /* @__PURE__ */ newDecoder();
/** As the parts of a stream: faster if it isn't. What it is given never ends within a character, so nothing is left in it. */
const partDecoder = /* @__PURE__ */ newDecoder();
const AS_PART = { stream: true };
/** Up to so many bytes, a loop is faster than a call of the decoder, or of one that copies. */
const FEW = 24;

/**
 * The parser for Node, whose decoders take long: for few bytes, and in one shot for what isn't ASCII. Pages load `event-stream-parser.ts` alone: `imports`
 * in package.json chooses.
 */
export class EventStreamParser extends PageParser {
  /** How much of ASCII came last, in bytes. After `SHORT`, all is taken for ASCII until it is not. */
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

  /** Reads a line end, or an event of one short line, which is a chunk, as events of a few characters are; false for what has another shape. */
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
