import { EventStreamParser } from '#event-stream-parser';
import { newChunkEncoder } from './chunk-encoder.js';
import type { EventStreamHandler, EventStreamParserOptions } from './line-reader.js';

/**
 * Parses chunks of bytes or text in order. If a callback pushes another chunk, that chunk waits until the current one
 * is done.
 */
export class ChunkParser {
  private parser: EventStreamParser;
  /** Chunks to read, in order. `undefined` marks the end of a stream. */
  private queue: (Uint8Array | string | undefined)[] = [];
  private reading = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly handler: EventStreamHandler,
    private readonly options: EventStreamParserOptions,
    /** Called after each chunk, even if parsing it failed. */
    private readonly chunkRead?: () => void,
    /** Called when the stream has ended and everything is read. */
    private readonly ended?: () => void,
  ) {
    this.parser = new EventStreamParser(handler, options, newChunkEncoder);
  }

  get lastEventId(): string {
    return this.parser.lastEventId;
  }

  push(chunk: Uint8Array | string): void {
    if (this.failure) throw this.failure.error;
    if (this.reading) {
      this.queue.push(chunk);
      return;
    }
    this.reading = true;
    try {
      this.parser.push(chunk);
      this.chunkRead?.();
      if (this.queue.length > 0) this.readQueue();
    } catch (error) {
      this.fail(error);
    } finally {
      this.reading = false;
    }
  }

  end(): void {
    if (this.reading) this.queue.push(undefined);
    else this.finish();
  }

  private readQueue(): void {
    while (this.queue.length > 0) {
      const chunk = this.queue.shift();
      if (chunk === undefined) this.finish();
      else {
        this.parser.push(chunk);
        this.chunkRead?.();
      }
    }
  }

  /** Stops for good: after lost data, the rest can't be parsed. */
  private fail(error: unknown): never {
    this.queue = [];
    this.failure = { error };
    this.chunkRead?.();
    throw error;
  }

  // [spec] HTML § 9.2.6: "Once the end of the file is reached, any pending data must be discarded."
  private finish(): void {
    const { lastEventId } = this;
    this.parser = new EventStreamParser(this.handler, { ...this.options, lastEventId }, newChunkEncoder);
    this.failure = undefined;
    this.ended?.();
  }
}
