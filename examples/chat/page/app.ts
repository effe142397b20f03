import {
  animationFrameScheduler,
  auditTime,
  catchError,
  connect,
  delay,
  EMPTY,
  exhaustMap,
  filter,
  from,
  fromEvent,
  map,
  merge,
  type Observable,
  scan,
  startWith,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import { pageResumed } from 'rx-sse';
import { lifecycleDiagram } from 'rx-sse/diagram';
import { type ChatDraft, MAX_LENGTH } from '../chat-message.js';
import { messageOf } from '../client/message-of.js';
import { postMessage } from '../client/post-message.js';
import { byId } from './by-id.js';
import { showConnection, showFailure } from './connection-view.js';
import { Conversation } from './conversation.js';
import { followChat } from './follow-chat.js';
import { showEntries } from './message-list.js';
import { shortIds } from './short-ids.js';
import { showTally } from './tally.js';

const messages = byId('messages', HTMLElement);
const author = byId('author', HTMLInputElement);
const message = byId('message', HTMLInputElement);
const problem = byId('problem', HTMLElement);
const keepPosting = byId('keep-posting', HTMLInputElement);
const pause = byId('pause', HTMLButtonElement);
const empty = byId('empty', HTMLElement);

const panel = byId('trouble-panel', HTMLDetailsElement);
// On a small screen the messages need the room.
panel.open = matchMedia('(width >= 56rem)').matches;
let ticks = 0;

author.value = `guest-${Math.floor(Math.random() * 900) + 100}`;
author.maxLength = MAX_LENGTH.author;
message.maxLength = MAX_LENGTH.message;

/** `false` while the reader wants no connection. A hidden page keeps its own: who looks at a chat again wants to see what was said. */
const wanted = fromEvent(pause, 'click').pipe(
  scan(isWanted => !isWanted, true),
  startWith(true),
  tap(isWanted => (pause.textContent = isWanted ? 'Pause' : 'Resume')),
);

const conversation = new Conversation();
const diagram = lifecycleDiagram(byId('timeline', HTMLElement), { label: 'The connection of the chat' });
const chatting = followChat(location.origin, conversation, {
  watch: step => diagram.next(shortIds(step)),
  connectWhile: wanted,
  renew: pageResumed(),
  connectTimeout: 10_000,
  reconnect: {
    maxDelay: 8000,
    wake: merge(fromEvent(window, 'online'), fromEvent(byId('try-now', HTMLButtonElement), 'click')),
  },
}).pipe(
  connect(changes =>
    merge(
      // Once for each frame, and not at all while the page is hidden: the list is as long as the conversation.
      changes.pipe(auditTime(0, animationFrameScheduler), tap(showConversation)),
      // The history is there: from now on a screen reader reads new messages.
      changes.pipe(
        filter(({ kind }) => kind === 'snapshot'),
        take(1),
        delay(1000),
        tap(() => (messages.ariaBusy = 'false')),
      ),
      changes.pipe(
        map(change => (change.kind === 'state' ? change.state : undefined)),
        filter(state => state !== undefined),
        showConnection,
      ),
    ),
  ),
);

const sending = fromEvent(byId('compose', HTMLFormElement), 'submit').pipe(
  tap(event => event.preventDefault()),
  // One at a time: a second click while the first message is on its way sends nothing.
  exhaustMap(() => send({ author: author.value, message: message.value }).pipe(tap(() => (message.value = '')))),
);

/**
 * Counts what the server has confirmed: while a message is on its way, or after one that was not sent, no number is left out. One that was maybe sent
 * may be there twice.
 */
const metronome = merge(
  fromEvent(keepPosting, 'change'),
  fromEvent(byId('start-posting', HTMLButtonElement), 'click').pipe(tap(() => startPosting())),
).pipe(
  switchMap(() => (keepPosting.checked ? timer(0, 700) : EMPTY)),
  exhaustMap(() => send({ author: 'metronome', message: `Tick ${ticks + 1}` }).pipe(tap(() => ticks++))),
);

const trouble = fromEvent(byId('trouble', HTMLElement), 'click').pipe(
  exhaustMap(({ target }) => {
    const kind = target instanceof HTMLButtonElement ? target.dataset['trouble'] : undefined;
    return kind ? report(from(makeTrouble(kind))) : EMPTY;
  }),
);

merge(chatting, sending, metronome, trouble).subscribe({ error: showFailure });

/** The button that was pressed goes, so the focus goes where it can be undone. */
function startPosting(): void {
  keepPosting.checked = true;
  panel.open = true;
  keepPosting.focus();
}

function showConversation(): void {
  empty.hidden = conversation.counts.received > 0;
  showEntries(conversation.entries());
  showTally(conversation.counts);
}

function send(draft: ChatDraft) {
  return report(from(postMessage(location.origin, draft)));
}

async function makeTrouble(kind: string): Promise<void> {
  await fetch(`/trouble/${kind}`, { method: 'POST' }).catch((error: unknown) => {
    throw new Error('The server can’t be reached', { cause: error });
  });
}

/** Says what went wrong until the next attempt. What was typed stays. */
function report<T>(request: Observable<T>): Observable<T> {
  problem.textContent = '';
  return request.pipe(
    catchError((error: unknown) => {
      problem.textContent = messageOf(error);
      return EMPTY;
    }),
  );
}
