import { patchState, signalStore, withMethods, withState } from '@ngrx/signals';
import { addEntity, removeAllEntities, withEntities } from '@ngrx/signals/entities';
import { rxMethod } from '@ngrx/signals/rxjs-interop';
import { IDLE_CONNECTION, routeTo } from 'rx-sse';
import { switchMap } from 'rxjs';
import { type ChatMessage, chatStream, EMPTY_CHAT } from './chat-stream.js';

/** For the `providers` of a component: leaves the chat when the component is destroyed. */
export const ChatStore = signalStore(
  withEntities<ChatMessage>(),
  withState({ online: EMPTY_CHAT.online, connection: IDLE_CONNECTION }),
  withMethods(store => ({
    /** Enters the chat at a URL, or at each URL of a signal, and leaves the previous one. */
    enter: rxMethod<string>(
      switchMap(url => {
        const clear = () => patchState(store, removeAllEntities(), { online: [] });
        clear();
        return chatStream(url).pipe(
          routeTo({
            events: {
              chat: message => patchState(store, addEntity(message)),
              presence: online => patchState(store, { online }),
            },
            state: connection => patchState(store, { connection }),
            reset: clear,
          }),
        );
      }),
    ),
  })),
);
