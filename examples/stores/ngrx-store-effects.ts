import { inject } from '@angular/core';
import { Actions, createEffect, ofType } from '@ngrx/effects';
import { createActionGroup, createReducer, emptyProps, on } from '@ngrx/store';
import { type ConnectionState, IDLE_CONNECTION, toActions } from 'rx-sse';
import { switchMap, takeUntil } from 'rxjs';
import { type ChatMessage, chatStream, EMPTY_CHAT } from './chat-stream.js';

export const Chat = createActionGroup({
  source: 'Chat',
  events: {
    entered: (url: string) => ({ url }),
    left: emptyProps(),
    message: (message: ChatMessage) => ({ message }),
    presence: (online: string[]) => ({ online }),
    connection: (connection: ConnectionState) => ({ connection }),
    reset: emptyProps(),
  },
});

export const chatReducer = createReducer(
  EMPTY_CHAT,
  on(Chat.left, chat => ({ ...chat, connection: IDLE_CONNECTION })),
  on(Chat.message, (chat, { message }) => ({ ...chat, messages: [...chat.messages, message] })),
  on(Chat.presence, (chat, { online }) => ({ ...chat, online })),
  on(Chat.connection, (chat, { connection }) => ({ ...chat, connection })),
  on(Chat.entered, Chat.reset, ({ connection }) => ({ ...EMPTY_CHAT, connection })),
);

const followChat = (actions$ = inject(Actions)) =>
  actions$.pipe(
    ofType(Chat.entered),
    switchMap(({ url }) =>
      chatStream(url).pipe(
        toActions({
          events: { chat: Chat.message, presence: Chat.presence },
          state: Chat.connection,
          reset: Chat.reset,
        }),
        takeUntil(actions$.pipe(ofType(Chat.left))),
      ),
    ),
  );
export const chatEffects = { followChat: createEffect(followChat, { functional: true }) };
