import type { NgZone } from '@angular/core';
import { isObservable } from 'rxjs';
import type { EventSourceOptions } from '../index.js';
import { isObject } from './is-object.js';
import { notifyBy } from './notify-by.js';

/**
 * The options, with Observables among them, and among their answers, that emit outside of Angular's zone. A stream goes on in the call
 * that brings it what it waits for: after a click that ends a wait (`reconnect.wake`) or a token that another request has refreshed, it
 * would be read inside of the zone for good. Promises need no help: they call back where they were listened to.
 */
export function leaveZone(options: EventSourceOptions, ngZone: NgZone): EventSourceOptions {
  const outside = notifyBy<unknown>(notify => ngZone.runOutsideAngular(notify));
  const leave = (value: unknown) => (isObservable(value) ? value.pipe(outside) : value);
  const each = <T>(value: T, ...names: readonly string[]): T => {
    // What is of a wrong type stays so: it is refused, and named, where the options are checked.
    if (!isObject(value)) return value;
    const parts = value as Readonly<Record<string, unknown>>;
    const left: Record<string, unknown> = { ...parts };
    for (const name of names) {
      const part = parts[name];
      left[name] = typeof part === 'function' ? (...about: unknown[]) => leave(part.apply(value, about)) : leave(part);
    }
    return left as T;
  };
  return {
    ...each(options, 'headers', 'prepare', 'resume', 'validate', 'connectWhile', 'renew'),
    reconnect: each(options.reconnect, 'when', 'delay', 'wake'),
    lastEventId: each(options.lastEventId, 'get', 'set'),
  };
}
