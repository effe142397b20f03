import { NO_POSITION } from '#texts';
import type { Observer, Subscriber } from 'rxjs';
import { StreamClosed } from '../life/stream-closed.js';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import type { ItemParser } from '../parsing/item-parser.js';
import type { ChunkReader } from './read-body.js';

/** Your own functions that mark events. */
export interface EventMarks {
  readonly position: ((event: ServerSentEvent) => string | undefined) | undefined;
  readonly isGap: ((event: ServerSentEvent) => boolean) | undefined;
  readonly isLast: ((event: ServerSentEvent) => boolean) | undefined;
}

/** Reads chunks with `parser`, and marks the position, gaps and the end. */
export class MarkedItems implements ChunkReader<Batch> {
  constructor(
    private readonly parser: ItemParser,
    private readonly marks: EventMarks,
    /** The current position. */
    private lastEventId: string,
    /**
     * Receives the batch with the last event. It's delivered when the stream is over, even if it's unsubscribed
     * meanwhile.
     */
    private readonly end: (batch: Batch) => void,
  ) {}

  read(chunk: Uint8Array | string, subscriber: Subscriber<Batch>) {
    return this.parser.read(chunk, { next: batch => this.mark(batch, subscriber) });
  }

  /** Emits everything before the end, even if a function throws later in the batch. */
  private mark(batch: Batch, observer: Pick<Observer<Batch>, 'next'>): void {
    const { position, isGap, isLast } = this.marks;
    const marked: Batch[number][] = [];
    let emit = (items: Batch) => observer.next(items);
    try {
      for (const item of batch) {
        if (item.kind === 'position' && position) continue;
        if (item.kind !== undefined) {
          if (item.kind === 'position') this.lastEventId = item.lastEventId;
          marked.push(item);
          continue;
        }
        const { lastEventId } = this;
        const event = position ? this.positioned(item, position(item)) : item;
        if (isGap?.(event)) {
          const resumed = event.lastEventId === lastEventId ? '' : event.lastEventId;
          marked.push({ kind: 'gap', requested: lastEventId, resumed });
        }
        this.lastEventId = event.lastEventId;
        marked.push(event);
        if (isLast?.(event)) {
          emit = this.end;
          throw new StreamClosed('last');
        }
      }
    } finally {
      emit(marked);
    }
  }

  private positioned({ type, data }: ServerSentEvent, lastEventId: string | undefined): ServerSentEvent {
    if (lastEventId === undefined) return { type, data, lastEventId: this.lastEventId };
    if (typeof (lastEventId as unknown) !== 'string') throw new TypeError(NO_POSITION);
    return { type, data, lastEventId };
  }
}
