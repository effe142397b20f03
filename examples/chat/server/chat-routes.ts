import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { concatMap, fromEvent, startWith, Subject, takeUntil } from 'rxjs';
import type { ChatDraft } from '../chat-message.js';
import { openEventStream, type StreamTiming } from './event-stream.js';
import { readJson, sendJson } from './http.js';
import type { MessageStore } from './message-store.js';
import { parseDraft } from './parse-draft.js';

/**
 * `POST /chat/new` stores a message; `GET /chat/stream` sends what came after `Last-Event-ID`, and then what comes.
 *
 * @param readDraft what a request posts; a chat that knows who is asking takes the author from there
 */
export function chatRoutes(
  store: MessageStore,
  timing: StreamTiming,
  readDraft: (request: IncomingMessage) => Promise<ChatDraft> = async request => parseDraft(await readJson(request)),
) {
  const appended = new Subject<void>();

  return {
    '/chat/new': {
      POST: async (request: IncomingMessage, response: ServerResponse) => {
        const message = await store.append(await readDraft(request));
        appended.next();
        sendJson(response, 201, message);
      },
    },

    '/chat/stream': {
      GET: async (request: IncomingMessage, response: ServerResponse) => {
        const session = await openEventStream(request, response, timing);
        if (!session) return;

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
