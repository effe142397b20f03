import { tooLarge } from '#texts';
import { EventTooLargeError } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { ownText } from '../own-text.js';

/** The callbacks of a parser. */
export interface EventStreamHandler {
  onEvent(event: ServerSentEvent): unknown;
  onRetryTime?: ((milliseconds: number) => unknown) | undefined;
  onComment?: ((text: string) => unknown) | undefined;
  /** Also called with each line that isn't data or blank. */
  onOtherLine?: ((line: string) => unknown) | undefined;
}

export interface EventStreamParserOptions {
  /**
   * The largest event or line, in characters (UTF-16 code units). A larger one throws an `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number;
  /**
   * The id of events until the stream sets one.
   * @default ''
   */
  readonly lastEventId?: string;
  /** The URL of the stream, for error messages. */
  readonly url?: string;
}

export const DEFAULT_MAX_EVENT_SIZE = 64 * 1024 * 1024;

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
const COLON = 0x3a;
/** Up to this many bytes or lines may be kept as they came, before they are joined or copied. */
export const SHORT = 1024;

/** Shared by idle streams. */
export const NO_PARTS: string[] = [];

/**
 * Parses whole lines of an event stream, as the HTML standard defines it (§ 9.2.6). `EventStreamParser` turns bytes
 * into lines.
 *
 * For ASCII text, positions in the text and in its bytes are the same, and looking at the bytes is faster.
 */
export class LineReader {
  /** The last event ID string, which a reconnect sends. It changes only at blank lines. */
  lastEventId: string;

  protected readonly maxEventSize: number;
  private readonly url: string | undefined;
  /** The data buffer. Each part holds one line or several lines. */
  private data = NO_PARTS;
  /** The length of the joined data with an LF after each line, minus 1. So -1 means no data. */
  protected dataLength = -1;
  private type = '';
  private id: string;

  constructor(
    private readonly handler: EventStreamHandler,
    { maxEventSize = DEFAULT_MAX_EVENT_SIZE, lastEventId = '', url }: EventStreamParserOptions = {},
  ) {
    this.url = url;
    // Also in production: an invalid limit must not turn the limit off.
    this.maxEventSize = maxEventSize > 0 ? maxEventSize : DEFAULT_MAX_EVENT_SIZE;
    // By the standard, the buffer starts empty for each connection. All browsers continue with the last position
    // instead, and so does this parser: an event without an id right after a reconnect must not reset the position.
    this.id = this.lastEventId = lastEventId;
  }

  protected get isBetweenBlocks(): boolean {
    return this.dataLength < 0 && this.type === '' && this.id === this.lastEventId;
  }

  /** Reads whole lines. If `bytes` is given, the text is ASCII. */
  protected readLines(text: string, bytes?: Uint8Array): void {
    const { length } = text;
    const { handler, maxEventSize, id } = this;
    let data = '';
    let lines = 0;
    // Each search continues from the previous result, so the text is scanned once for LF and once for CR. If there is
    // no CR, `includes` finds out first: V8 would repeat a failed `indexOf` for each line.
    let lf = text.indexOf('\n');
    let cr = text.includes('\r') ? text.indexOf('\r') : -1;

    for (let start = 0, next = 0; start < length; start = next) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      next = end === cr && lf === end + 1 ? end + 2 : end + 1;
      if (end - start > maxEventSize) this.checkSize(end - start, 'line');

      const first = codeAt(text, bytes, start);
      if (first === 0x64 && isData(text, bytes, start, end)) {
        const from = Math.min(end, codeAt(text, bytes, start + 5) === SPACE ? start + 6 : start + 5);
        const blank = this.dataLength < 0 && next < length ? lineEndLength(text, bytes, next) : 0;
        if (blank > 0) {
          // An event with one data line, the most common case.
          next += blank;
          this.dispatch(text.slice(from, end));
        } else {
          // Keeping the line end saves one operation per line.
          const line = end === lf ? text.slice(from, next) : `${text.slice(from, end)}\n`;
          data = lines++ > 0 ? data + line : line;
          this.dataLength += line.length;
          if (this.dataLength > maxEventSize) this.checkSize(this.dataLength, 'event');
          // Until short lines are joined, each takes several times its size in memory.
          if (lines === SHORT) {
            this.keepData(data, lines, text);
            lines = 0;
          }
        }
      } else if (start === end) {
        this.endBlock(lines > 0 ? data : '');
        lines = 0;
      } else {
        handler.onOtherLine?.(text.slice(start, end));
        if (first === COLON) handler.onComment?.(fieldValue(text, bytes, start, end));
        else if (first === 0x65 && isEvent(text, bytes, start, end))
          this.type = fieldValue(text, bytes, start + 5, end);
        else this.readField(text, bytes, start, end);
        // Usually the blank line after a comment.
        const blank = this.dataLength < 0 && next < length ? lineEndLength(text, bytes, next) : 0;
        if (blank > 0) {
          next += blank;
          this.lastEventId = this.id;
          this.type = '';
        }
      }
      // Avoids a search after the last line.
      if (next === length) break;
      if (lf !== -1 && lf < next) lf = text.indexOf('\n', next);
      if (cr !== -1 && cr < next) cr = text.indexOf('\r', next);
    }
    if (lines > 0) this.keepData(data, lines, text);
    if (id !== this.id) this.ownIds();
  }

  /**
   * [spec] HTML § 9.2.6: "If the line is empty (a blank line) Dispatch the event, as defined below." The id also takes
   * effect if the block has no data.
   */
  private endBlock(data: string): void {
    if (this.dataLength < 0) {
      this.lastEventId = this.id;
      this.type = '';
      return;
    }
    const all = this.data.length > 0 ? this.data.join('') + data : data;
    this.data = NO_PARTS;
    this.dataLength = -1;
    this.dispatch(all.slice(0, -1));
  }

  protected dispatch(data: string): void {
    const { type, id } = this;
    this.lastEventId = id;
    this.type = '';
    this.handler.onEvent({ type: type || 'message', data, lastEventId: id });
  }

  private readField(text: string, bytes: Uint8Array | undefined, start: number, end: number): void {
    if (isId(text, bytes, start, end)) {
      const value = fieldValue(text, bytes, start + 2, end);
      // [spec] HTML § 9.2.6: "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value."
      if (!value.includes('\0')) this.id = value;
    } else if (text.startsWith('retry:', start)) {
      // Without a colon, the value is empty and isn't a number.
      const value = fieldValue(text, bytes, start + 5, end);
      if (/^[0-9]+$/.test(value)) this.handler.onRetryTime?.(Number(value));
    }
  }

  private keepData(data: string, lines: number, text: string): void {
    // Several lines were joined into new text, which would keep everything they were cut from in memory.
    this.data = addPart(this.data, lines === 1 ? keptPart(data, text) : ownText(data), this.dataLength);
  }

  /** Copies the ids, so that they don't keep the text they were cut from in memory. */
  private ownIds(): void {
    const { id } = this;
    this.id = ownText(id);
    this.lastEventId = this.lastEventId === id ? this.id : ownText(this.lastEventId);
  }

  protected checkSize(length: number, what: 'line' | 'event'): void {
    const { maxEventSize, url } = this;
    if (length <= maxEventSize) return;
    // No data can follow the error, so free the memory now.
    this.discard();
    throw new EventTooLargeError(tooLarge(what, maxEventSize, length), { url });
  }

  protected discard(): void {
    this.data = NO_PARTS;
    this.dataLength = -1;
  }
}

/**
 * Adds `part` to `parts`, which then hold `length` characters. Joins many short parts from time to time, less often as
 * they grow.
 */
export function addPart(parts: string[], part: string, length: number): string[] {
  if (parts === NO_PARTS) return [part];
  parts.push(part);
  return parts.length > SHORT + length / 16 ? [parts.join('')] : parts;
}

/**
 * Returns the part, or a copy of it if it's less than half of its text. Otherwise a few characters of each chunk could
 * keep all chunks in memory.
 */
export const keptPart = (part: string, text: string): string => (2 * part.length > text.length ? part : ownText(part));

const codeAt = (text: string, bytes: Uint8Array | undefined, at: number) => (bytes ? bytes[at] : text.charCodeAt(at));

/** Returns the length of the line end at `at`, or 0 if there is none. */
export function lineEndLength(text: string, bytes: Uint8Array | undefined, at: number): number {
  const code = codeAt(text, bytes, at);
  if (code === LF) return 1;
  if (code !== CR) return 0;
  return codeAt(text, bytes, at + 1) === LF ? 2 : 1;
}

// These check the name of the field in the line from `start` to `end`, with or without a colon. The caller has checked
// the first character of `data` and `event`. A loop over names takes twice as long.
export const isData = (text: string, bytes: Uint8Array | undefined, start: number, end: number): boolean =>
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
  codeAt(text, bytes, start) === 0x69 &&
  codeAt(text, bytes, start + 1) === 0x64 &&
  (codeAt(text, bytes, start + 2) === COLON || end - start === 2);

/** Returns the value after the colon at `colon`; `''` if the line ends there. */
function fieldValue(text: string, bytes: Uint8Array | undefined, colon: number, end: number): string {
  const start = colon + 1;
  // [spec] HTML § 9.2.6: "If value starts with a U+0020 SPACE character, remove it from value."
  return text.slice(start < end && codeAt(text, bytes, start) === SPACE ? start + 1 : start, end);
}
