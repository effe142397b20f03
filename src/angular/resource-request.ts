import { nameOf } from '#angular-checks';
import { computed, type Resource, type Signal } from '@angular/core';
import type {
  EventSourceResourceContext,
  EventSourceResourceRequest,
  EventSourceResourceRequested,
} from './event-source-resource-options.js';

/** The result of the request function, or the error that it has thrown. */
export type Requested =
  | {
      readonly value: string | EventSourceResourceRequest | undefined;
      /** Whether it waits for another resource. */
      readonly isPending?: boolean;
    }
  | { readonly thrown: unknown };

/**
 * Thrown by `chain` while the other resource has no value. Has the shape of Angular's `ResourceParamsStatus`, which
 * exists since Angular 22.
 */
class Unavailable extends Error {
  static readonly IDLE = new Unavailable();
  static readonly LOADING = new Unavailable();
}

const CONTEXT: EventSourceResourceContext = {
  chain<V>(resource: Resource<V>): V {
    const status = resource.status();
    if (status === 'idle') throw Unavailable.IDLE;
    if (status.endsWith('loading')) throw Unavailable.LOADING;
    const error = resource.error();
    if (error) throw error;
    return resource.value();
  },
};

/** Returns the result of the request function as a signal. */
export function requestedBy(
  request: (context: EventSourceResourceContext) => EventSourceResourceRequested,
  debugName: string | undefined,
): Signal<Requested> {
  return computed<Requested>(
    () => {
      try {
        const value = request(CONTEXT);
        return { value: value instanceof URL ? value.href : value };
      } catch (error) {
        const { constructor } = Object(error) as { readonly constructor: Partial<Record<string, unknown>> };
        // By strings, because our own names are shortened but Angular's aren't.
        const status = error ? ['IDLE', 'LOADING'].find(name => constructor[name] === error) : undefined;
        return status ? { value: undefined, isPending: status === 'LOADING' } : { thrown: error };
      }
    },
    { equal: isSame, ...nameOf(debugName, 'request') },
  );
}

const isSame = (a: Requested, b: Requested): boolean =>
  'value' in a && 'value' in b && a.value === b.value && a.isPending === b.isPending;
