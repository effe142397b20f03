import type { Observable } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import type { ChatSnapshot } from '../chat-message.js';

/** All that the server holds. It errors if the server can't be reached, or answers with an error; unsubscribing aborts the request. */
export const loadMessages = (origin: string): Observable<ChatSnapshot> =>
  fromFetch(`${origin}/chat/messages`, {
    selector: async response => {
      if (!response.ok) throw new Error(`The messages could not be loaded: the server answered ${response.status}`);
      return (await response.json()) as ChatSnapshot;
    },
  });
