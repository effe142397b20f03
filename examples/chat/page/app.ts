import {
  catchError,
  EMPTY,
  exhaustMap,
  from,
  fromEvent,
  interval,
  merge,
  type Observable,
  share,
  switchMap,
  tap,
} from 'rxjs';
import { type ChatDraft, MAX_LENGTH } from '../chat-message.js';
import { type ChatStep, chatStream } from '../client/chat-stream.js';
import { messageOf } from '../client/message-of.js';
import { postMessage } from '../client/post-message.js';
import { reasonOf } from '../client/reason-of.js';
import { byId } from './by-id.js';
import { showConnection, showFailure } from './connection-view.js';
import { showMessage, showNote } from './message-list.js';
import { Tally } from './tally.js';

const messages = byId('messages', HTMLElement);
const author = byId('author', HTMLInputElement);
const message = byId('message', HTMLInputElement);
const problem = byId('problem', HTMLElement);
const keepPosting = byId('keep-posting', HTMLInputElement);
const tally = new Tally();

author.value = `guest-${Math.floor(Math.random() * 900) + 100}`;
author.maxLength = MAX_LENGTH.author;
message.maxLength = MAX_LENGTH.message;

// The page keeps its messages in memory, so it starts without a position and is sent them all; each reconnect resumes.
const steps = chatStream(location.origin, {
  reconnect: {
    maxDelay: 8000,
    wake: merge(fromEvent(window, 'online'), fromEvent(byId('try-now', HTMLButtonElement), 'click')),
  },
}).pipe(share());

const conversation = steps.pipe(tap(converse));

const sending = fromEvent(byId('compose', HTMLFormElement), 'submit').pipe(
  tap(event => event.preventDefault()),
  // One at a time: a second click while the first message is on its way sends nothing.
  exhaustMap(() => send({ author: author.value, message: message.value }).pipe(tap(() => (message.value = '')))),
);

const sendingByItself = fromEvent(keepPosting, 'change').pipe(
  switchMap(() => (keepPosting.checked ? interval(700) : EMPTY)),
  exhaustMap(n => send({ author: 'metronome', message: `Tick ${n + 1}` })),
);

const trouble = fromEvent(byId('trouble', HTMLElement), 'click').pipe(
  exhaustMap(({ target }) => {
    const kind = target instanceof HTMLButtonElement ? target.dataset['trouble'] : undefined;
    return kind ? report(from(fetch(`/trouble/${kind}`, { method: 'POST' }))) : EMPTY;
  }),
);

merge(conversation, showConnection(steps), sending, sendingByItself, trouble).subscribe({ error: showFailure });

function converse(step: ChatStep): void {
  switch (step.kind) {
    case 'event':
      tally.message(step.event.data.id);
      showMessage(step.event.data);
      break;
    case 'waiting':
      showNote('waiting', reasonOf(step.error));
      break;
    case 'open':
      if (step.downtime === 0) break;
      tally.healed();
      showNote('open', `back after ${(step.downtime / 1000).toFixed(1)} s, resumed after #${step.resumedFrom}`);
      break;
    case 'comment':
      // The history has been read by the first heartbeat: from now on a screen reader says what comes.
      messages.ariaBusy = 'false';
      break;
  }
}

const send = (draft: ChatDraft) => report(from(postMessage(location.origin, draft)));

/** Says what went wrong until the next attempt. What was typed stays. */
function report<T>(request: Observable<T>): Observable<T> {
  problem.textContent = '';
  return request.pipe(
    catchError((error: unknown) => {
      problem.textContent = `Not sent: ${messageOf(error)}`;
      return EMPTY;
    }),
  );
}
