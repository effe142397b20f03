import type { JSHandle, Page } from 'playwright-core';
import { Observable, type Unsubscribable } from 'rxjs';
import type { EventSourceLifecycle, EventSourceOptions } from '../../src/index.js';

type Kind = 'next' | 'error' | 'complete';

let subscriptions = 0;

/**
 * Emits a copy of everything that an Observable in the page emits. Errors and headers are copied as objects with
 * everything that is readable. `make` runs in the page for each subscription, and unsubscribing here unsubscribes
 * there.
 */
export function inPage<T, Arg = undefined>(page: Page, make: (arg: Arg) => Observable<T>, arg?: Arg): Observable<T> {
  return new Observable<T>(subscriber => {
    const observer = `observer${++subscriptions}`;
    const subscribe = async () => {
      await page.exposeFunction(observer, (kind: Kind, value: T) => subscriber[kind](value));
      const made: unknown = await page.evaluateHandle(make as (arg: unknown) => Observable<T>, arg);
      return (made as JSHandle<Observable<T>>).evaluateHandle((source, name): Unsubscribable => {
        const notify = Reflect.get(globalThis, name) as (kind: Kind, value?: unknown) => void;
        const copy = (value: unknown): unknown => {
          if (typeof value !== 'object' || value === null) return value;
          if (value instanceof Error) {
            const { name, message, cause } = value;
            return copy(Object.assign({ name, message, cause }, value));
          }
          return Object.fromEntries(
            [...(value instanceof Headers ? value : Object.entries(value))].map(([key, part]) => [key, copy(part)]),
          );
        };
        return source.subscribe({
          next: value => notify('next', copy(value)),
          error: (error: unknown) => notify('error', copy(error)),
          complete: () => notify('complete'),
        });
      }, observer);
    };
    const subscription = subscribe();
    subscription.catch((error: unknown) => subscriber.error(error));
    return () => {
      // A closed page has no subscription left.
      subscription.then(handle => handle.evaluate(there => there.unsubscribe())).catch(() => undefined);
    };
  });
}

/** Returns the lifecycle of a stream that the page reads. */
export const lifecycleInPage = (page: Page, url: string, options: EventSourceOptions = {}) =>
  inPage<EventSourceLifecycle, { url: string; options: EventSourceOptions }>(
    page,
    ({ url, options }) => rxSse.fromEventSourceLifecycle(url, options),
    { url, options },
  );
