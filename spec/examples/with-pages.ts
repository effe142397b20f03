import type { MessageStore } from '../../examples/chat/server/message-store.js';

/** Returns a store in front of another one, with other pages. */
export const withPages = (store: MessageStore, page: MessageStore['page']): MessageStore => ({
  page,
  append: (room, draft) => store.append(room, draft),
  follow: room => store.follow(room),
  trim: (room, keep) => store.trim(room, keep),
  close: () => store.close(),
});
