import { afterEach, beforeEach } from '@jest/globals';
import { type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { observe } from './observe.js';
import { SseServer } from './sse-server.js';

/** The server of the current test. */
export let server: SseServer;

/** Starts a server for each test of a block. */
export function useServer(): void {
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());
}

/** Observes the events of that server. */
export const subscribe = (options: EventSourceOptions = {}) => observe(fromEventSource(server.url, options));
