import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { useCommand } from './command.js';

/** A stream of three events: a message, a price, and a message of two lines. A comment precedes the last one. */
export const EVENTS =
  'id: 1\ndata: a\n\nevent: price\nid: 2\ndata: {"n":2}\n\n: beat\n\nid: 3\ndata: two\ndata: lines\n\n';

/** A folder for files of the tests. */
export let folder: string;
/** The server of the current test. It sends `EVENTS` unless the test calls `respondWith`. */
export let server: SseServer;
let respond: (exchange: Exchange) => void;

/** Sets the response to all later requests of the current test. */
export function respondWith(handler: (exchange: Exchange) => void): void {
  respond = handler;
}

/** Returns the command, and sets up the folder, and the server for each test. */
export function useServedCommand() {
  const command = useCommand();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rx-sse-cli-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    respondWith(exchange => exchange.open().send(EVENTS));
    server = await SseServer.start(exchange => respond(exchange));
  });
  afterEach(() => server.close());
  return command;
}
