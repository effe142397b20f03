import { EventStreamParser } from '#event-stream-parser';
import type { Observer } from 'rxjs';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import type { ChunkEncoder } from './chunk-encoder.js';
import type { EventStreamHandler, EventStreamParserOptions } from './line-reader.js';

/** Decides on `retry:` fields. */
export interface RetryTimes {
  /** The time that is accepted, in milliseconds, or undefined for none. */
  acceptRetryTime(milliseconds: number): number | undefined;
}

/** What there is of a chunk while none is read: idle streams share it. */
const NO_ITEMS: Batch[number][] = [];

/** Turns each chunk into the batch of what it completed. */
export class ItemParser implements EventStreamHandler {
  private readonly parser: EventStreamParser;
  private batch = NO_ITEMS;
  private reached: string;
  /** How many comments the chunk has; NaN if it has a field that is in no batch. */
  private comments = 0;

  constructor(
    options: EventStreamParserOptions,
    private readonly retryTimes: RetryTimes,
    /** For chunks of text. Without it all are bytes. */
    newEncoder?: () => ChunkEncoder,
  ) {
    this.parser = new EventStreamParser(this, options, newEncoder);
    this.reached = this.parser.lastEventId;
  }

  /** Emits the batch, even if it throws at what came after. Returns whether the chunk was a heartbeat: comments, and nothing else. */
  read(chunk: Uint8Array | string, observer: Pick<Observer<Batch>, 'next'>): boolean {
    let isHeartbeat;
    this.batch = [];
    try {
      this.parser.push(chunk);
    } finally {
      const { batch, parser } = this;
      const { lastEventId } = parser;
      // A block with an id and no data moves the position all the same.
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
