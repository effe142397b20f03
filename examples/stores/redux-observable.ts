import { configureStore, createAction, createSlice, type PayloadAction, type UnknownAction } from '@reduxjs/toolkit';
import { createEpicMiddleware, type Epic } from 'redux-observable';
import { type ConnectionState, IDLE_CONNECTION, toActions } from 'rx-sse';
import { filter, switchMap, takeUntil } from 'rxjs';
import { type ChatMessage, chatStream, EMPTY_CHAT } from './chat-stream.js';

export const entered = createAction<string>('chat/entered');
const chatSlice = createSlice({
  name: 'chat',
  initialState: EMPTY_CHAT,
  reducers: {
    left: chat => void (chat.connection = IDLE_CONNECTION),
    message: (chat, { payload }: PayloadAction<ChatMessage>) => void chat.messages.push(payload),
    presence: (chat, { payload }: PayloadAction<string[]>) => void (chat.online = payload),
    connection: (chat, { payload }: PayloadAction<ConnectionState>) => void (chat.connection = payload),
    reset: chat => ({ ...EMPTY_CHAT, connection: chat.connection }),
  },
  extraReducers: builder => builder.addCase(entered, () => EMPTY_CHAT),
});

export const { left, message, presence, connection, reset } = chatSlice.actions;

const followChat: Epic<UnknownAction> = action$ =>
  action$.pipe(
    filter(entered.match),
    switchMap(({ payload: url }) =>
      chatStream(url).pipe(
        toActions({ events: { chat: message, presence }, state: connection, reset: () => reset() }),
        takeUntil(action$.pipe(filter(left.match))),
      ),
    ),
  );

export function createChatStore() {
  const epics = createEpicMiddleware<UnknownAction>();
  const store = configureStore({ reducer: chatSlice.reducer, middleware: defaults => defaults().concat(epics) });
  epics.run(followChat);
  return store;
}
