import { Observable, type OperatorFunction } from 'rxjs';
import type { Batch } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { chunkEncoder } from './chunk-encoder.js';
import { EventStreamParser, type EventStreamParserOptions } from './event-stream-parser.js';

export interface ParseItemsOptions extends EventStreamParserOptions {
  /** Decides on a `retry:` field: the time that is accepted, in milliseconds, or undefined for none. */
  acceptRetryTime(milliseconds: number): number | undefined;
}

/** Turns each chunk into the batch of what it completed. */
export function parseItems(options: ParseItemsOptions): OperatorFunction<Uint8Array | string, Batch> {
  return source =>
    new Observable(subscriber => {
      let batch: Batch[number][] = [];
      let position = options.lastEventId ?? '';
      const toBytes = chunkEncoder();
      const parser = new EventStreamParser(
        {
          onEvent: event => {
            position = event.lastEventId;
            batch.push({ kind: 'event', event });
          },
          onComment: text => batch.push({ kind: 'comment', text }),
          onRetryTime: time => {
            const milliseconds = options.acceptRetryTime(time);
            if (milliseconds !== undefined) batch.push({ kind: 'retry-time', milliseconds });
          },
        },
        options,
      );

      /** Emits what there is. A block with an id and no data moves the position all the same. */
      const emit = () => {
        if (parser.lastEventId !== position) {
          position = parser.lastEventId;
          batch.push({ kind: 'position', lastEventId: position });
        }
        const completed = batch;
        batch = [];
        subscriber.next(completed);
      };

      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: chunk => {
          try {
            parser.push(toBytes(chunk));
          } catch (error) {
            emit();
            subscriber.error(error);
            return;
          }
          emit();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
