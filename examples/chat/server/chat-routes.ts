import type { IncomingMessage } from 'node:http';
import type { ChatDraft } from '../chat-message.js';
import { ChatStream } from './chat-stream.js';
import type { StreamTiming } from './event-stream.js';
import { type Handler, HttpError, readJson, sendJson } from './http.js';
import { HistoryLostError, type MessageStore, StoreUnavailableError } from './message-store.js';
import { parseDraft } from './parse-draft.js';
import { RoomFeeds } from './room-feeds.js';
import { roomOf } from './room-of.js';
import { sendSnapshot } from './send-snapshot.js';

export interface ChatRoutesOptions extends StreamTiming {
  /**
   * Reads the posted message. If your chat knows the user, set the author here. No text may be longer than `MAX_LENGTH`: it limits the size of a page.
   */
  readonly readDraft?: (request: IncomingMessage) => Promise<ChatDraft>;
  /**
   * Whether a request may read a room and write to it. Called for each request, and for a stream before everything it
   * sends: if it returns `false`, the stream ends. By default, everything is allowed.
   */
  readonly isAllowed?: (request: IncomingMessage, room: string) => boolean;
}

/**
 * `POST /chat/new` stores a message. `GET /chat/messages` returns all stored messages. `GET /chat/stream` sends the
 * messages after `Last-Event-ID`, and then new ones. `?room=` selects the room.
 */
export function chatRoutes(
  store: MessageStore,
  {
    readDraft = async request => parseDraft(await readJson(request)),
    isAllowed = () => true,
    ...timing
  }: ChatRoutesOptions,
) {
  const feeds = new RoomFeeds(store);

  const check = (request: IncomingMessage, room: string) => {
    if (!isAllowed(request, room)) throw new HttpError(403, `You are not allowed in ${room}`);
  };

  /** A handler for requests that are allowed in the room. */
  const inRoom =
    (handle: (room: string, ...exchange: Parameters<Handler>) => Promise<void>) =>
    async (...[request, response]: Parameters<Handler>): Promise<void> => {
      const room = roomOf(request);
      check(request, room);
      try {
        await handle(room, request, response);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError || error instanceof HistoryLostError)) throw error;
        throw new HttpError(503, error.message, { 'retry-after': '1' });
      }
    };

  return {
    '/chat/new': {
      POST: inRoom(async (room, request, response) => {
        const draft = await readDraft(request);
        // Reading takes as long as the client likes.
        check(request, room);
        sendJson(response, 201, await store.append(room, draft));
      }),
    },

    '/chat/messages': {
      GET: inRoom((room, request, response) => sendSnapshot(store, room, response, () => check(request, room))),
    },

    '/chat/stream': {
      GET: inRoom((room, request, response) =>
        new ChatStream({ store, room, feed: feeds.of(room), isAllowed: () => isAllowed(request, room) }, response).open(
          request,
          timing,
        ),
      ),
    },
  };
}
