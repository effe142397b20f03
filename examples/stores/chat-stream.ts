import { type ConnectionState, decode, fromEventSourceLifecycle, IDLE_CONNECTION, json } from 'rx-sse';

export interface ChatMessage {
  readonly id: number;
  readonly user: string;
  readonly text: string;
}

/** The state of each store. */
export interface ChatState {
  readonly messages: readonly ChatMessage[];
  /** The names of all users who are here. */
  readonly online: readonly string[];
  readonly connection: ConnectionState;
}

export const EMPTY_CHAT: ChatState = { messages: [], online: [], connection: IDLE_CONNECTION };

/** All steps of the chat at `url`, with typed events. */
export const chatStream = (url: string) =>
  fromEventSourceLifecycle(url).pipe(decode({ chat: json<ChatMessage>(), presence: json<string[]>() }));
