import { EMPTY, map, type Observable, switchMap, takeWhile, tap, timer } from 'rxjs';
import type { ChatStep } from '../client/chat-stream.js';
import { messageOf } from '../client/message-of.js';
import { reasonOf } from '../client/reason-of.js';
import { byId } from './by-id.js';

const connection = byId('connection', HTMLElement);
const status = byId('status', HTMLElement);
const countdown = byId('countdown', HTMLElement);
const progress = byId('progress', HTMLProgressElement);
const remaining = byId('remaining', HTMLElement);
const tryNow = byId('try-now', HTMLButtonElement);

/** Shows how the connection stands, and counts a wait down. */
export function showConnection(steps: Observable<ChatStep>): Observable<unknown> {
  return steps.pipe(
    tap(showStep),
    switchMap(step => (step.kind === 'waiting' && step.delay !== undefined ? countDown(step.delay) : EMPTY)),
  );
}

/** The stream is over, and nothing will bring it back. */
export function showFailure(error: unknown): void {
  show('failed', messageOf(error));
}

function showStep(step: ChatStep): void {
  switch (step.kind) {
    case 'connecting':
      show('connecting', 'Connecting');
      break;
    case 'open':
      show('open', 'Connected');
      break;
    case 'waiting':
      show('waiting', `Waiting: ${reasonOf(step.error)}`);
      break;
    case 'closed':
      show('closed', 'Closed by the server');
      break;
  }
}

function show(kind: string, text: string): void {
  connection.dataset['kind'] = kind;
  status.textContent = text;
  countdown.hidden = tryNow.hidden = kind !== 'waiting';
}

function countDown(delay: number): Observable<number> {
  const over = Date.now() + delay;
  progress.max = delay;
  return timer(0, 50).pipe(
    map(() => Math.max(over - Date.now(), 0)),
    takeWhile(left => left > 0, true),
    tap(left => {
      progress.value = left;
      remaining.textContent = `${(left / 1000).toFixed(1)} s`;
    }),
  );
}
