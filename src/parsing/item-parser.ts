import type { Observer } from 'rxjs';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import { chunkEncoder } from './chunk-encoder.js';
import { type EventStreamHandler, EventStreamParser, type EventStreamParserOptions } from './event-stream-parser.js';

/** Decides on `retry:` fields. */
export interface RetryTimes {
  /** The time that is accepted, in milliseconds, or undefined for none. */
  acceptRetryTime(milliseconds: number): number | undefined;
}

/** Turns each chunk into the batch of what it completed. */
export class ItemParser implements EventStreamHandler {
  private readonly parser: EventStreamParser;
  private toBytes: ReturnType<typeof chunkEncoder> | undefined;
  private batch: Batch[number][] = [];
  private position: string;

  constructor(
    options: EventStreamParserOptions,
    private readonly retryTimes: RetryTimes,
  ) {
    this.parser = new EventStreamParser(this, options);
    this.position = this.parser.lastEventId;
  }

  /** Emits the batch, also where it throws at what came after. */
  read(chunk: Uint8Array | string, observer: Pick<Observer<Batch>, 'next'>): void {
    try {
      // Most streams are of bytes alone.
      const isBytes = !this.toBytes && ArrayBuffer.isView(chunk);
      this.parser.push(isBytes ? chunk : (this.toBytes ??= chunkEncoder())(chunk));
    } finally {
      const { batch, parser } = this;
      const { lastEventId } = parser;
      // A block with an id and no data moves the position all the same.
      if (lastEventId !== this.position) batch.push({ kind: 'position', lastEventId });
      this.position = lastEventId;
      this.batch = [];
      observer.next(batch);
    }
  }

  onEvent(event: ServerSentEvent): void {
    this.position = event.lastEventId;
    this.batch.push(event);
  }

  onComment(text: string): void {
    this.batch.push({ kind: 'comment', text });
  }

  onRetryTime(time: number): void {
    const milliseconds = this.retryTimes.acceptRetryTime(time);
    if (milliseconds !== undefined) this.batch.push({ kind: 'retry-time', milliseconds });
  }
}
