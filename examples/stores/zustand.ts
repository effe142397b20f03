import { IDLE_CONNECTION, routeTo } from 'rx-sse';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type ChatState, chatStream, EMPTY_CHAT } from './chat-stream.js';

export const createChatStore = () => createStore<ChatState>()(() => EMPTY_CHAT);

/** Enters the chat at a URL. Returns a function that leaves it, as `useEffect` expects. */
export function enterChat({ setState }: StoreApi<ChatState>, url: string): () => void {
  setState(EMPTY_CHAT);
  const stream = chatStream(url)
    .pipe(
      routeTo({
        events: {
          chat: message => setState(({ messages }) => ({ messages: [...messages, message] })),
          presence: online => setState({ online }),
        },
        state: connection => setState({ connection }),
        reset: () => setState({ messages: [], online: [] }),
      }),
    )
    .subscribe();
  return () => {
    stream.unsubscribe();
    setState({ connection: IDLE_CONNECTION });
  };
}
