import { IDLE_CONNECTION, toActions } from 'rx-sse';
import { BehaviorSubject, of, scan, startWith, Subject, switchMap } from 'rxjs';
import { type ChatState, chatStream, EMPTY_CHAT } from './chat-stream.js';

/** An action is a function here: it returns the next state from the current one. */
const change = (changes: (chat: ChatState) => Partial<ChatState>) => (chat: ChatState) => ({
  ...chat,
  ...changes(chat),
});

const chatChanges = (url: string) =>
  chatStream(url).pipe(
    toActions({
      events: {
        chat: message => change(({ messages }) => ({ messages: [...messages, message] })),
        presence: online => change(() => ({ online })),
      },
      state: connection => change(() => ({ connection })),
      reset: () => change(() => ({ messages: [], online: [] })),
    }),
    startWith(change(() => EMPTY_CHAT)),
  );

export function createChatStore() {
  const url$ = new Subject<string | undefined>();
  const state$ = new BehaviorSubject(EMPTY_CHAT);
  url$
    .pipe(
      switchMap(url => (url === undefined ? of(change(() => ({ connection: IDLE_CONNECTION }))) : chatChanges(url))),
      scan((chat, change) => change(chat), EMPTY_CHAT),
    )
    .subscribe(state$);
  return {
    state$: state$.asObservable(),
    enter: (url: string) => url$.next(url),
    leave: () => url$.next(undefined),
  };
}
