import { createHash } from 'node:crypto';
import { createEventStreamParser, type EventStreamParser } from '../../../parser/index.js';
import type { ChunkFacts, EventFacts, StreamFacts } from '../facts.js';

/** How many chunks, events and comments of a stream are kept. */
const MAX_KEPT = 5000;
/** The largest event or line, in characters. */
const MAX_EVENT_SIZE = 1024 * 1024;
const LINE_ENDS = new Set([0x0a, 0x0d]);

/** Records a stream: times and sizes, and digests of its data. */
export class StreamLog {
  private readonly chunks: ChunkFacts[] = [];
  private readonly events: EventFacts[] = [];
  private readonly comments: number[] = [];
  private readonly retries: number[] = [];
  private eventCount = 0;
  private ignoredLines = 0;
  private at = 0;
  private readonly parser: EventStreamParser;

  /** @param onEvent called with each event that is kept */
  constructor(private readonly onEvent: (event: EventFacts) => void) {
    this.parser = createEventStreamParser(
      {
        onEvent: ({ type, data, lastEventId: id }) => {
          this.eventCount++;
          if (this.events.length === MAX_KEPT) return;
          const event = { at: this.at, type, id, digest: createHash('sha1').update(data).digest('hex') };
          this.events.push(event);
          this.onEvent(event);
        },
        onComment: () => keep(this.comments, this.at),
        onRetryTime: milliseconds => keep(this.retries, milliseconds),
        onIgnoredLine: () => {
          this.ignoredLines++;
        },
      },
      { maxEventSize: MAX_EVENT_SIZE },
    );
  }

  /** Reads a chunk of the body that arrived at this time. Throws an `EventTooLargeError`. */
  push(chunk: Uint8Array, at: number): void {
    const eventsBefore = this.eventCount;
    this.at = at;
    this.parser.push(chunk);
    keep(this.chunks, {
      at,
      bytes: chunk.length,
      events: this.eventCount - eventsBefore,
      isMidLine: !LINE_ENDS.has(chunk.at(-1) ?? 0),
    });
  }

  /** Returns the facts so far. */
  facts(): Omit<StreamFacts, 'ms' | 'end' | 'wireBytes'> {
    const { chunks, comments, retries, ignoredLines, eventCount } = this;
    const events = [...this.events];
    return { chunks, events, comments, retries, ignoredLines, eventCount, isUnfinished: this.isUnfinished() };
  }

  /** Whether a blank line would complete an event. Pushes one to the parser to find out, so nothing may follow. */
  private isUnfinished(): boolean {
    const before = this.eventCount;
    try {
      this.parser.push('\n\n');
    } catch {
      return true;
    }
    const hasBegun = this.eventCount > before;
    this.eventCount = before;
    return hasBegun;
  }
}

function keep<T>(list: T[], value: T): void {
  if (list.length < MAX_KEPT) list.push(value);
}
