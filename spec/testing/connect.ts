import { type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';

/** Returns a stream without reconnects, and its connection. */
export function connect(options: EventSourceOptions = {}) {
  const server = fakeEventSource();
  const events = observe(fromEventSource('/chat', { reconnect: false, ...options, fetch: server.fetch }));
  return { server, events, connection: server.expectConnection(), data: () => events.values.map(({ data }) => data) };
}
