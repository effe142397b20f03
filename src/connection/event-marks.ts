import { NO_POSITION } from '#texts';
import type { Observer, Subscriber } from 'rxjs';
import { StreamClosed } from '../life/stream-closed.js';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import type { ItemParser } from '../parsing/item-parser.js';
import type { ChunkReader } from './read-body.js';

/** What the application's own functions say of events. */
export interface EventMarks {
  readonly position: ((event: ServerSentEvent) => string | undefined) | undefined;
  readonly isGap: ((event: ServerSentEvent) => boolean) | undefined;
  readonly isLast: ((event: ServerSentEvent) => boolean) | undefined;
}

/** Reads chunks as `parser` does, and marks what is the position, a gap and the end. */
export class MarkedItems implements ChunkReader<Batch> {
  constructor(
    private readonly parser: ItemParser,
    private readonly marks: EventMarks,
    /** The position in force. */
    private lastEventId: string,
    /** Takes what comes with the last event: it is delivered when the stream is over, whatever is done while it is. */
    private readonly end: (batch: Batch) => void,
  ) {}

  read(chunk: Uint8Array | string, subscriber: Subscriber<Batch>) {
    return this.parser.read(chunk, { next: batch => this.mark(batch, subscriber) });
  }

  /** Emits what comes before the end, also if a function throws at what comes after. */
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
