import { afterEach, beforeEach, jest } from '@jest/globals';
import { SseServer } from './sse-server.js';

/** Starts a server of streams for each test that renders pages in this process, and passes it to `started`. */
export function useRenderingServer(started: (server: SseServer) => void): void {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
    started(server);
    // Angular logs that it runs in development mode.
    jest.spyOn(console, 'log').mockReturnValue();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.close();
  });
}
