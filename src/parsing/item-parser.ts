import { EventStreamParser } from '#event-stream-parser';
import type { Observer } from 'rxjs';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import type { ChunkEncoder } from './chunk-encoder.js';
import type { EventStreamHandler, EventStreamParserOptions } from './line-reader.js';

/** Decides which `retry:` fields are accepted. */
export interface RetryTimes {
  /** Returns the accepted time in milliseconds, or `undefined` to ignore the field. */
  acceptRetryTime(milliseconds: number): number | undefined;
}

/** The empty batch between two chunks. Idle streams share it. */
const NO_ITEMS: Batch[number][] = [];

/** Parses each chunk into a batch of everything it completed. */
export class ItemParser implements EventStreamHandler {
  private readonly parser: EventStreamParser;
  private batch = NO_ITEMS;
  private reached: string;
  /** The number of comments in the chunk. `NaN` if the chunk has a field that isn't part of any batch. */
  private comments = 0;

  constructor(
    options: EventStreamParserOptions,
    private readonly retryTimes: RetryTimes,
    /** Creates the encoder for chunks of text. Without it, only bytes are accepted. */
    newEncoder?: () => ChunkEncoder,
  ) {
    this.parser = new EventStreamParser(this, options, newEncoder);
    this.reached = this.parser.lastEventId;
  }

  /**
   * Reads a chunk and emits its batch, even if parsing fails later in the chunk. Returns `true` for a heartbeat: a
   * chunk that contains only comments.
   */
  read(chunk: Uint8Array | string, observer: Pick<Observer<Batch>, 'next'>): boolean {
    let isHeartbeat;
    this.batch = [];
    try {
      this.parser.push(chunk);
    } finally {
      const { batch, parser } = this;
      const { lastEventId } = parser;
      // [spec] HTML § 9.2.6: "Set the last event ID string of the event source to the value of the last event ID
      // buffer." This also applies to a block without data.
      if (lastEventId !== this.reached) batch.push({ kind: 'position', lastEventId });
      this.reached = lastEventId;
      this.batch = NO_ITEMS;
      isHeartbeat = batch.length > 0 && batch.length === this.comments && parser.isBetweenEvents;
      this.comments = 0;
      observer.next(batch);
    }
    return isHeartbeat;
  }

  onEvent(event: ServerSentEvent): void {
    this.reached = event.lastEventId;
    this.batch.push(event);
  }

  onComment(text: string): void {
    this.comments++;
    this.batch.push({ kind: 'comment', text });
  }

  onRetryTime(time: number): void {
    this.comments = NaN;
    const milliseconds = this.retryTimes.acceptRetryTime(time);
    if (milliseconds !== undefined) this.batch.push({ kind: 'retry-time', milliseconds });
  }
}
