import type { NgZone } from '@angular/core';
import { isObservable } from 'rxjs';
import type { EventSourceOptions } from '../index.js';
import { isObject } from './is-object.js';
import { notifyBy } from './notify-by.js';

/**
 * Returns the options with all their Observables, and the Observables that their functions return, emitting outside of
 * Angular's zone. A stream continues in the call that emits what it waits for. So after a click that ends a wait
 * (`reconnect.wake`), or a token from another request, it would otherwise stay inside the zone. Promises don't need
 * this: they call back in the zone that listens.
 */
export function leaveZone(options: EventSourceOptions, ngZone: NgZone): EventSourceOptions {
  const outside = notifyBy<unknown>(notify => ngZone.runOutsideAngular(notify));
  const leave = (value: unknown) => (isObservable(value) ? value.pipe(outside) : value);
  const each = <T>(value: T, ...names: readonly string[]): T => {
    // Leaves a value of a wrong type alone. The check of the options rejects it later, with its name.
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
