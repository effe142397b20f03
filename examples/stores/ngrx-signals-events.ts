import { inject } from '@angular/core';
import { signalStore, type, withState } from '@ngrx/signals';
import { eventGroup, Events, on, withEventHandlers, withReducer } from '@ngrx/signals/events';
import { type ConnectionState, IDLE_CONNECTION, toActions } from 'rx-sse';
import { switchMap, takeUntil } from 'rxjs';
import { type ChatMessage, chatStream, EMPTY_CHAT } from './chat-stream.js';

export const Chat = eventGroup({
  source: 'Chat',
  events: {
    entered: type<string>(),
    left: type<void>(),
    message: type<ChatMessage>(),
    presence: type<string[]>(),
    connection: type<ConnectionState>(),
    reset: type<void>(),
  },
});

const chatEvents = (url: string) =>
  chatStream(url).pipe(
    toActions({
      events: { chat: Chat.message, presence: Chat.presence },
      state: Chat.connection,
      reset: () => Chat.reset(),
    }),
  );

export const ChatStore = signalStore(
  withState(EMPTY_CHAT),
  withReducer(
    on(Chat.left, () => ({ connection: IDLE_CONNECTION })),
    on(Chat.message, ({ payload }, { messages }) => ({ messages: [...messages, payload] })),
    on(Chat.presence, ({ payload }) => ({ online: payload })),
    on(Chat.connection, ({ payload }) => ({ connection: payload })),
    on(Chat.entered, Chat.reset, () => ({ messages: [], online: [] })),
  ),
  withEventHandlers((_store, events = inject(Events)) => [
    events.on(Chat.entered).pipe(switchMap(({ payload }) => chatEvents(payload).pipe(takeUntil(events.on(Chat.left))))),
  ]),
);
