import type { Observable } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import type { ChatSnapshot } from '../chat-message.js';

/**
 * Loads all messages that the server has. Errors if the server can't be reached or returns an error. Unsubscribing
 * aborts the request.
 */
export const loadMessages = (origin: string): Observable<ChatSnapshot> =>
  fromFetch(`${origin}/chat/messages`, {
    selector: async response => {
      if (!response.ok) throw new Error(`Loading the messages failed: the server answered ${response.status}`);
      return (await response.json()) as ChatSnapshot;
    },
  });
