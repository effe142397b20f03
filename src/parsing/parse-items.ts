import { Observable, type OperatorFunction } from 'rxjs';
import type { Batch } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { EventStreamParserOptions } from './event-stream-parser.js';
import { ItemParser, type RetryTimes } from './item-parser.js';

export type ParseItemsOptions = EventStreamParserOptions & RetryTimes;

/** Turns each chunk into the batch of what it completed. */
export function parseItems(options: ParseItemsOptions): OperatorFunction<Uint8Array | string, Batch> {
  return source =>
    new Observable(subscriber => {
      const items = new ItemParser(options, options);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: chunk => {
          try {
            items.read(chunk, subscriber);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
