import { afterEach, beforeEach, jest } from '@jest/globals';
import { SseServer } from './sse-server.js';

/** A server of streams for each test of pages that are rendered in this process; `started` gets it. */
export function useRenderingServer(started: (server: SseServer) => void): void {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
    started(server);
    // Angular says that it is in development mode.
    jest.spyOn(console, 'log').mockReturnValue();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.close();
  });
}
