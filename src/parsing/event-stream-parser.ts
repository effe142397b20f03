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
const COUNTED_AT_ONCE = 64 * 1024;
const EMPTY = new Uint8Array(0);

/**
 * The event stream interpretation of the HTML standard (§ 9.2.5 and 9.2.6), on bytes.
 *
 * A line end is a byte of its own in UTF-8, never a part of another character: so bytes are kept until the last line end
 * of a chunk, decoded in one shot, and read as text from there. What is behind it waits as bytes, in a buffer that doubles:
 * each byte is copied a bounded number of times, however small the chunks are.
 */
export class EventStreamParser {
  /** The last event ID string: what a reconnect would send. It moves at blank lines only, as the standard dispatches. */
  lastEventId: string;

  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly maxEventSize: number;
  private readonly url: string | undefined;
  private atStart = true;
  /** The last byte was a CR, which ended its line at once: a LF that follows belongs to it. */
  private afterCR = false;

  /** The bytes of the line that has not ended yet: `rest.subarray(0, restLength)`. */
  private rest = EMPTY;
  private restLength = 0;
  /** Counts the characters of an unfinished line that has more bytes than a line may have characters. */
  private counter: TextDecoder | undefined;
  private counted = 0;

  /** The lines of the data buffer; none is no data, and an empty one is an event with no text. */
  private data: string[] = [];
  /** How many of them hold nothing but themselves. The others are cut from a chunk's text. */
  private owned = 0;
  /** Their length when joined: a LF each, but for the first. */
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
    if (chunk.length === 0) return;
    if (this.afterCR && chunk[0] === LF) chunk = chunk.subarray(1);
    this.afterCR = false;

    let end = chunk.length;
    while (end > 0 && chunk[end - 1] !== LF && chunk[end - 1] !== CR) end--;
    try {
      if (end > 0) {
        this.afterCR = chunk[end - 1] === CR && end === chunk.length;
        // The line that was kept is decoded by itself: what is cut from the lines behind it does not hold its text.
        const start = this.restLength > 0 ? firstLineLength(chunk) : 0;
        if (start > 0) this.readLines(this.takeRest(chunk.subarray(0, start)));
        this.owned = this.data.length;
        if (start < end) this.readLines(this.decode(chunk.subarray(start, end)));
        this.ownData();
      }
      if (end < chunk.length) this.keep(chunk.subarray(end));
    } catch (error) {
      // Nothing can follow a line that was refused: its memory goes now, not with the parser.
      this.rest = EMPTY;
      this.restLength = 0;
      this.data = [];
      throw error;
    }
  }

  /**
   * Engines keep a whole text for what is cut from it. The lines that wait for the rest of their event are copied, or a few
   * characters in each chunk, beside a long comment, would hold all the chunks.
   */
  private ownData(): void {
    if (this.data.length === this.owned) return;
    const cut = this.data.splice(this.owned).join('\n');
    this.data.push(this.decoder.decode(new TextEncoder().encode(cut)));
  }

  private takeRest(lastBytes: Uint8Array): string {
    this.append(lastBytes);
    const text = this.decode(this.rest.subarray(0, this.restLength));
    // A buffer that one long line has grown is not kept for the short ones after it.
    this.rest = EMPTY;
    this.restLength = 0;
    this.counter = undefined;
    return text;
  }

  /** One leading BOM goes. Its bytes contain no line end, so it is whole here however the chunks split it. */
  private decode(lines: Uint8Array): string {
    const text = this.decoder.decode(lines);
    const start = this.atStart && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    this.atStart = false;
    return text.slice(start);
  }

  private keep(bytes: Uint8Array): void {
    this.append(bytes);
    if (this.restLength <= this.maxEventSize) return;
    // Only decoded text tells characters from bytes. From here on each chunk is decoded once more, to be counted.
    if (!this.counter) {
      this.counter = new TextDecoder('utf-8', { ignoreBOM: !this.atStart });
      this.counted = 0;
      bytes = this.rest.subarray(0, this.restLength);
    }
    // Piece by piece: the text of all of it would be as large again.
    for (let at = 0; at < bytes.length; at += COUNTED_AT_ONCE) {
      this.counted += this.counter.decode(bytes.subarray(at, at + COUNTED_AT_ONCE), { stream: true }).length;
    }
    this.checkSize(this.counted, 'line');
  }

  private append(bytes: Uint8Array): void {
    const length = this.restLength + bytes.length;
    if (length > this.rest.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.rest.length));
      larger.set(this.rest.subarray(0, this.restLength));
      this.rest = larger;
    }
    this.rest.set(bytes, this.restLength);
    this.restLength = length;
  }

  /** `text` is whole lines, each with its end, but for a LF of the last CR that may still come. */
  private readLines(text: string): void {
    // Each search goes on from where the one before it ended: the text is passed over once for LF and once for CR.
    let lf = text.indexOf('\n');
    let cr = text.indexOf('\r');
    for (let start = 0; start < text.length;) {
      let end = lf;
      let next = lf + 1;
      if (cr !== -1 && (lf === -1 || cr < lf)) {
        end = cr;
        next = lf === cr + 1 ? lf + 1 : cr + 1;
        cr = text.indexOf('\r', next);
      }
      if (lf !== -1 && lf < next) lf = text.indexOf('\n', next);
      this.readLine(text, start, end);
      start = next;
    }
  }

  private readLine(text: string, start: number, end: number): void {
    if (start === end) {
      this.dispatch();
      return;
    }
    this.checkSize(end - start, 'line');
    switch (text.charCodeAt(start)) {
      case COLON:
        this.handler.onComment?.(fieldValue(text, start, end));
        break;
      case 0x64 /* d */:
        if (isField('data', text, start, end)) {
          const value = fieldValue(text, start + 4, end);
          this.data.push(value);
          this.dataLength += value.length + 1;
          this.checkSize(this.dataLength, 'event');
          // A short string takes several times its characters: many are joined now and then, less often as they grow.
          if (this.data.length > 1024 + this.dataLength / 16) {
            this.data = [this.data.join('\n')];
            this.owned = 1;
          }
        }
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

  /** A blank line: the block's id takes force, with or without data, and an event is made where there is data. */
  private dispatch(): void {
    this.lastEventId = this.id;
    const { data, type } = this;
    this.type = '';
    if (data.length === 0) return;
    this.data = [];
    this.dataLength = -1;
    this.owned = 0;
    this.handler.onEvent({ type: type || 'message', data: data.join('\n'), lastEventId: this.id });
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

/** The length of the first line of `bytes`, with its end. */
function firstLineLength(bytes: Uint8Array): number {
  const end = bytes.findIndex(byte => byte === LF || byte === CR);
  return end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1);
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
