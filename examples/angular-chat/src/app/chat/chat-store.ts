import { HttpClient } from '@angular/common/http';
import { computed, inject } from '@angular/core';
import { patchState, signalStore, withComputed, withMethods, withProps, withState } from '@ngrx/signals';
import { removeAllEntities, setAllEntities, upsertEntities, upsertEntity, withEntities } from '@ngrx/signals/entities';
import { rxMethod } from '@ngrx/signals/rxjs-interop';
import { decode, type Flush, IDLE_CONNECTION, json, routeTo } from 'rx-sse';
import { injectEventSource } from 'rx-sse/angular';
import { EMPTY, finalize, type Observable, repeat, switchMap, tap } from 'rxjs';
import type { ChatMessage } from '../../../../chat/chat-message';
import { Wake } from '../connection/wake';
import { MessageHistory } from './message-history';

/** For the `providers` of a component: leaves the chat when the component is destroyed. */
export const ChatStore = signalStore(
  withEntities<ChatMessage>(),
  withState({ connection: IDLE_CONNECTION }),
  withComputed(({ entities }) => ({
    /** In the order of the server. Your own message may arrive here earlier, with the response to its request. */
    messages: computed(() => [...entities()].sort((one, other) => one.id - other.id)),
  })),
  withProps(() => ({
    _eventSource: injectEventSource(),
    _http: inject(HttpClient),
    _wake: inject(Wake),
  })),
  withMethods(store => ({
    /** Enters the chat as the user in a signal, and leaves it if there is none. */
    enter: rxMethod<string | null>(
      switchMap(user => {
        if (user === null) return EMPTY;
        const history = new MessageHistory(user, store.messages);
        patchState(store, setAllEntities([...history.read()]));
        let news: ChatMessage[] = [];
        // Once per chunk, because each write copies all messages.
        const deliver = (flush: Flush) => {
          flush();
          if (news.length > 0) patchState(store, upsertEntities(news));
          news = [];
        };
        const reset = () => {
          news = [];
          patchState(store, removeAllEntities());
        };

        return store._eventSource.lifecycle('/api/chat/stream', { lastEventId: history, deliver }).pipe(
          decode({ chat: json<ChatMessage>() }),
          routeTo({
            events: {
              chat: message => void news.push(message),
            },
            state: connection => patchState(store, { connection }),
            // The server couldn't resume from our position, and sends everything it has.
            reset,
          }),
          // After the stream has closed or failed, waits until the user tries again.
          repeat({ delay: () => store._wake.calls }),
          // After logout, nothing stays in the browser.
          finalize(() => history.forget()),
        );
      }),
    ),

    /** Sends a message. The response is shown at once. When the stream delivers the same message, nothing changes. */
    send: (message: string): Observable<ChatMessage> =>
      store._http
        .post<ChatMessage>('/api/chat/new', { message }, { timeout: 10_000 })
        .pipe(tap(sent => patchState(store, upsertEntity(sent)))),
  })),
);
