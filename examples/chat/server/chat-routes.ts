import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { concatMap, fromEvent, startWith, Subject, takeUntil } from 'rxjs';
import type { ChatDraft, ChatSnapshot } from '../chat-message.js';
import { openEventStream, type StreamTiming } from './event-stream.js';
import { readJson, sendJson } from './http.js';
import type { MessagesAfter, MessageStore } from './message-store.js';
import { parseDraft } from './parse-draft.js';

/**
 * `POST /chat/new` stores a message; `GET /chat/messages` answers with all that the store holds; `GET /chat/stream` sends what came after
 * `Last-Event-ID`, and then what comes.
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

    '/chat/messages': {
      GET: async (_request: IncomingMessage, response: ServerResponse) => {
        const held = await store.after('');
        const snapshot: ChatSnapshot = { messages: held.messages, lastId: Number(lastIdOf(held)) };
        sendJson(response, 200, snapshot, { 'cache-control': 'no-store' });
      },
    },

    '/chat/stream': {
      GET: async (request: IncomingMessage, response: ServerResponse) => {
        const asked = String(request.headers['last-event-id'] ?? '');
        const held = await store.after(asked);
        if (response.closed) return;
        // Who can't go on from where it asked hears where the stream goes on instead.
        const isGap = asked !== '' && held.after !== asked;
        const skips = isFromNow(request) && (asked === '' || isGap);
        let position = skips ? lastIdOf(held) : held.after;
        const headers = isGap ? { 'last-event-id': position } : {};
        const session = await openEventStream(request, response, timing, headers);
        if (!session) return;
        await session.batch(buffer => {
          // As an event as well: the `EventSource` of browsers shows no headers.
          if (isGap) buffer.push({ requested: asked, resumed: position }, 'gap', position);
          // An id alone: the client has a position from the start, and not from the first message on.
          else if (skips) buffer.id(position).dispatch();
        });

        // Replay and live are one thing, with no seam between them: with each message that is stored, a session sends all that
        // is new to it. It asks only after it has sent what it asked for before; so nothing is left out, or sent twice.
        const sendNews = async () => {
          const { after, messages } = await store.after(position);
          // It reads so slowly that the history has left it behind. The answer to its next request says so.
          if (after !== position) return void response.end();
          const last = messages.at(-1);
          if (!last) return;
          position = String(last.id);
          await session.batch(buffer => {
            for (const message of messages) buffer.push(message, 'chat', String(message.id));
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

const lastIdOf = ({ after, messages }: MessagesAfter) => String(messages.at(-1)?.id ?? after);

/** Whether a client without a position wants no replay: it loads `/chat/messages` for that. */
const isFromNow = ({ url = '' }: IncomingMessage) => new URLSearchParams(url.split('?')[1]).get('from') === 'now';
