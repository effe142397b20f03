import { expect } from '@jest/globals';
import type { EventSourceResource } from '../../src/angular/index.js';

/** Returns the full state of a resource in one line. */
export function stateLine(resource: EventSourceResource<unknown>): string {
  const [status, connection] = [resource.status(), resource.connection()];
  const error = resource.error();
  expect(resource.isLoading()).toBe(status === 'loading' || status === 'reloading');
  expect(resource.snapshot()).toEqual(
    status === 'error' ? { status, error: resource.error() } : { status, value: resource.value() },
  );
  expect(error === undefined).toBe(status !== 'error');
  return [
    `${status}: ${JSON.stringify(resource.value())}`,
    `after ${JSON.stringify(resource.lastEventId())}`,
    connection.status,
    ...(error ? [error.name] : []),
  ].join(', ');
}
