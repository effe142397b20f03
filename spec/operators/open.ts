import type { Observable } from 'rxjs';
import {
  type EventSourceLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  type ServerSentEvent,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';

/** Opens a connection on a fake server, and observes its events through an operator. */
export function open<T>(operator: (events$: Observable<ServerSentEvent>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSource('/market', { fetch: server.fetch }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}

/** Same as `open`, for a lifecycle. */
export function openLifecycle<T>(operator: (steps$: Observable<EventSourceLifecycle>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSourceLifecycle('/market', { fetch: server.fetch }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}
