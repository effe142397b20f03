import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSession, type Session } from 'better-sse';
import { filter, fromEvent, interval, takeUntil } from 'rxjs';
import { HttpError } from './http.js';

export interface StreamTiming {
  /** The reconnection time for clients (`retry:`), in milliseconds. */
  readonly retry: number;
  /** How often to send a heartbeat, in milliseconds. */
  readonly heartbeat: number;
}

/** Opens the requested event stream, with additional headers. Responds to a `HEAD` without a stream. */
export async function openEventStream(
  request: IncomingMessage,
  response: ServerResponse,
  { retry, heartbeat }: StreamTiming,
  headers: Readonly<Record<string, string>> = {},
): Promise<Session | undefined> {
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers }).end();
    return undefined;
  }
  const session = await createSession(request, response, { retry, keepAlive: null, headers }).catch(() => {
    throw new HttpError(400, 'Expected a Host and a path that make a URL');
  });
  interval(heartbeat)
    .pipe(
      // A stream that was ended may still have a lot to send, and must not be written to.
      filter(() => !response.writableEnded),
      takeUntil(fromEvent(response, 'close')),
    )
    .subscribe(() => void session.batch(buffer => void buffer.comment('').dispatch()));
  return session;
}
