import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSession } from 'better-sse';
import { concatMap, fromEvent, startWith, Subject, takeUntil } from 'rxjs';
import { HttpError, readJson, sendJson } from './http.js';
import type { MessageStore } from './message-store.js';
import { parseDraft } from './parse-draft.js';

export interface StreamTiming {
  /** The reconnection time that clients are told (`retry:`), in milliseconds. */
  readonly retry: number;
  /** How often a comment shows that the stream is alive, in milliseconds. */
  readonly heartbeat: number;
}

/** `POST /chat/new` stores a message; `GET /chat/stream` sends what came after `Last-Event-ID`, and then what comes. */
export function chatRoutes(store: MessageStore, { retry, heartbeat }: StreamTiming) {
  const appended = new Subject<void>();

  return {
    '/chat/new': {
      POST: async (request: IncomingMessage, response: ServerResponse) => {
        const message = await store.append(parseDraft(await readJson(request)));
        appended.next();
        sendJson(response, 201, message);
      },
    },

    '/chat/stream': {
      GET: async (request: IncomingMessage, response: ServerResponse) => {
        if (request.method === 'HEAD') {
          response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).end();
          return;
        }
        const session = await createSession(request, response, { retry, keepAlive: heartbeat }).catch(() => {
          throw new HttpError(400, 'Expected a Host and a path that make a URL');
        });

        // Replay and live are one thing, with no seam between them: with each message that is stored, a session sends all that
        // is new to it. It asks only after it has sent what it asked for before; so nothing is left out, or sent twice.
        let position = session.lastId;
        const sendNews = async () => {
          const news = await store.after(position);
          const last = news.at(-1);
          if (!last) return;
          position = String(last.id);
          await session.batch(buffer => {
            for (const message of news) buffer.push(message, 'chat', String(message.id));
          });
          // A client that reads slowly is not sent more than it reads.
          if (response.writableNeedDrain) await once(response, 'drain');
        };
        appended.pipe(startWith(undefined), concatMap(sendNews), takeUntil(fromEvent(response, 'close'))).subscribe({
          error: (error: unknown) => {
            console.error(error);
            response.destroy();
          },
        });
      },
    },
  };
}
