import { tooLarge } from '#texts';
import { EventTooLargeError } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { ownText } from '../own-text.js';

/** What a parser calls as it reads. */
export interface EventStreamHandler {
  onEvent(event: ServerSentEvent): unknown;
  onRetryTime?: ((milliseconds: number) => unknown) | undefined;
  onComment?: ((text: string) => unknown) | undefined;
  /** Called with each line that is neither data nor blank, besides. */
  onOtherLine?: ((line: string) => unknown) | undefined;
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

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
const COLON = 0x3a;
/** What is no longer than this, in bytes or in lines, may wait for what it is a part of. */
export const SHORT = 1024;

/** Idle streams share it. */
export const NO_PARTS: string[] = [];

/**
 * The event stream interpretation of the HTML standard (§ 9.2.6), on whole lines. `EventStreamParser` makes them of bytes.
 *
 * If the text is ASCII, a position in it is one in the bytes, and these are quicker to look at.
 */
export class LineReader {
  /** The last event ID string: what a reconnect would send. It moves at blank lines only, as the standard dispatches. */
  lastEventId: string;

  protected readonly maxEventSize: number;
  private readonly url: string | undefined;
  /** The data buffer: lines, or several in one, as the chunks brought them. */
  private data = NO_PARTS;
  /** The length of all when joined, each with a LF, less 1: so -1 is no data. */
  protected dataLength = -1;
  private type = '';
  private id: string;

  constructor(
    private readonly handler: EventStreamHandler,
    { maxEventSize = DEFAULT_MAX_EVENT_SIZE, lastEventId = '', url }: EventStreamParserOptions = {},
  ) {
    this.url = url;
    // Also in production: a limit that is none must not be no limit.
    this.maxEventSize = maxEventSize > 0 ? maxEventSize : DEFAULT_MAX_EVENT_SIZE;
    // The standard starts the buffer empty with each connection; every browser goes on from the position instead, and so
    // does this: an event without an id, right after a reconnect, must not lose the position.
    this.id = this.lastEventId = lastEventId;
  }

  protected get isBetweenBlocks(): boolean {
    return this.dataLength < 0 && this.type === '' && this.id === this.lastEventId;
  }

  /** Reads whole lines: of ASCII, if they are given as `bytes`, too. */
  protected readLines(text: string, bytes?: Uint8Array): void {
    const { length } = text;
    const { handler, maxEventSize, id } = this;
    let data = '';
    let lines = 0;
    // Each search goes on from where the one before it ended: the text is passed over once for LF and once for CR. (A CR that is
    // nowhere must not be asked for by `indexOf` alone: V8 takes that for free, and repeats it for each line.)
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
          // An event of one line, as most are.
          next += blank;
          this.dispatch(text.slice(from, end));
        } else {
          // With its line end: that is one operation for each line.
          const line = end === lf ? text.slice(from, next) : `${text.slice(from, end)}\n`;
          data = lines++ > 0 ? data + line : line;
          this.dataLength += line.length;
          if (this.dataLength > maxEventSize) this.checkSize(this.dataLength, 'event');
          // A short line takes several times its characters until it is a part of a whole.
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
        // Most often behind a comment.
        const blank = this.dataLength < 0 && next < length ? lineEndLength(text, bytes, next) : 0;
        if (blank > 0) {
          next += blank;
          this.lastEventId = this.id;
          this.type = '';
        }
      }
      // Not to look for a line behind the last one.
      if (next === length) break;
      if (lf !== -1 && lf < next) lf = text.indexOf('\n', next);
      if (cr !== -1 && cr < next) cr = text.indexOf('\r', next);
    }
    if (lines > 0) this.keepData(data, lines, text);
    if (id !== this.id) this.ownIds();
  }

  /** A blank line: the block's id takes force, with or without data, and an event is made where there is data. */
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
      // Without a colon there are no digits.
      const value = fieldValue(text, bytes, start + 5, end);
      if (/^[0-9]+$/.test(value)) this.handler.onRetryTime?.(Number(value));
    }
  }

  private keepData(data: string, lines: number, text: string): void {
    // Of several lines a text was made by joining them, which holds all that they were cut from.
    this.data = addPart(this.data, lines === 1 ? keptPart(data, text) : ownText(data), this.dataLength);
  }

  /** Ids that live on do not hold the text that they were cut from. */
  private ownIds(): void {
    const { id } = this;
    this.id = ownText(id);
    this.lastEventId = this.lastEventId === id ? this.id : ownText(this.lastEventId);
  }

  protected checkSize(length: number, what: 'line' | 'event'): void {
    const { maxEventSize, url } = this;
    if (length <= maxEventSize) return;
    // Nothing can follow what was refused: its memory goes now, not with the parser.
    this.discard();
    throw new EventTooLargeError(tooLarge(what, maxEventSize, length), { url });
  }

  protected discard(): void {
    this.data = NO_PARTS;
    this.dataLength = -1;
  }
}

/** Adds `part` to `parts`, which hold `length` characters then. Many short ones are joined now and then, less often as they grow. */
export function addPart(parts: string[], part: string, length: number): string[] {
  if (parts === NO_PARTS) return [part];
  parts.push(part);
  return parts.length > SHORT + length / 16 ? [parts.join('')] : parts;
}

/** A part that may be kept: by itself, unless it is most of its text. A few characters of each chunk, beside a long comment, must not hold all chunks. */
export const keptPart = (part: string, text: string): string => (2 * part.length > text.length ? part : ownText(part));

const codeAt = (text: string, bytes: Uint8Array | undefined, at: number) => (bytes ? bytes[at] : text.charCodeAt(at));

/** The length of the line end at `at`, or 0 if there is none. */
export function lineEndLength(text: string, bytes: Uint8Array | undefined, at: number): number {
  const code = codeAt(text, bytes, at);
  if (code === LF) return 1;
  if (code !== CR) return 0;
  return codeAt(text, bytes, at + 1) === LF ? 2 : 1;
}

// Whether the line from `start` to `end`, which begins as it does, is this field, with or without a colon. Loops over names take
// twice as long.
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

/** What follows the colon at `colon`, less one leading space; `''` where the line ends there instead. */
function fieldValue(text: string, bytes: Uint8Array | undefined, colon: number, end: number): string {
  const start = colon + 1;
  return text.slice(start < end && codeAt(text, bytes, start) === SPACE ? start + 1 : start, end);
}
