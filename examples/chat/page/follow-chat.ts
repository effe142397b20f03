import { Observable, tap } from 'rxjs';
import { type ConnectionState, routeTo, withSnapshot } from 'rx-sse';
import { chatStream, type ChatStep, type ChatStreamOptions } from '../client/chat-stream.js';
import { loadMessages } from '../client/load-messages.js';
import { ConnectionNotes } from './connection-notes.js';
import type { Conversation } from './conversation.js';

export interface FollowChatOptions extends ChatStreamOptions {
  /** Called with each step of the stream. */
  readonly watch?: (step: ChatStep) => void;
}

/** A change of the conversation. */
export type Change =
  { readonly kind: 'message' | 'gap' | 'snapshot' } | { readonly kind: 'state'; readonly state: ConnectionState };

/**
 * Keeps `conversation` as the server at `origin` has it: starts with everything that it holds, adds new messages, and loads again after a gap. It emits
 * what has changed, and completes when the stream is over. Unsubscribing closes the connection.
 */
export function followChat(
  origin: string,
  conversation: Conversation,
  { watch, ...options }: FollowChatOptions,
): Observable<Change> {
  return new Observable(subscriber => {
    const notes = new ConnectionNotes();
    return chatStream(origin, { ...options, fromNow: true })
      .pipe(
        tap(step => watch?.(step)),
        withSnapshot({
          load: () => loadMessages(origin),
          isIn: ({ data }, { lastId }) => data.id <= lastId,
        }),
        routeTo({
          events: {
            chat: message => {
              conversation.add(message);
              subscriber.next({ kind: 'message' });
            },
          },
          state: state => {
            const note = notes.take(state, performance.now());
            if (note) conversation.addNote(note);
            subscriber.next({ kind: 'state', state });
          },
          gap: () => {
            conversation.addGap();
            subscriber.next({ kind: 'gap' });
          },
          snapshot: snapshot => {
            conversation.load(snapshot);
            subscriber.next({ kind: 'snapshot' });
          },
        }),
      )
      .subscribe(subscriber);
  });
}
