import { EMPTY, map, type Observable, switchMap, takeWhile, tap, timer } from 'rxjs';
import type { ConnectionState } from 'rx-sse';
import { messageOf } from '../client/message-of.js';
import { byId } from './by-id.js';
import { describeConnection } from '../client/describe-connection.js';

const connection = byId('connection', HTMLElement);
const status = byId('status', HTMLElement);
const countdown = byId('countdown', HTMLElement);
const progress = byId('progress', HTMLProgressElement);
const remaining = byId('remaining', HTMLElement);
const tryNow = byId('try-now', HTMLButtonElement);
const pause = byId('pause', HTMLButtonElement);

/** Shows how the connection stands, and counts a wait down. */
export function showConnection(states: Observable<ConnectionState>): Observable<unknown> {
  return states.pipe(
    tap(state => show(state.status, describeConnection(state))),
    switchMap(({ retryAt }) => (retryAt === null ? EMPTY : countDown(retryAt))),
  );
}

/** The page is broken, and nothing will bring it back. */
export function showFailure(error: unknown): void {
  show('failed', messageOf(error));
}

function show(kind: ConnectionState['status'], text: string): void {
  connection.dataset['kind'] = kind;
  // Only what is new: a screen reader says it again otherwise.
  if (status.textContent !== text) status.textContent = text;
  const hides = kind !== 'waiting';
  // A button that goes takes the focus with it.
  if (hides && document.activeElement === tryNow) pause.focus();
  countdown.hidden = tryNow.hidden = hides;
  pause.hidden = kind === 'closed' || kind === 'failed';
}

/** To a time in milliseconds since 1970. */
function countDown(over: number): Observable<number> {
  progress.max = Math.max(over - Date.now(), 1);
  return timer(0, 50).pipe(
    map(() => Math.max(over - Date.now(), 0)),
    takeWhile(left => left > 0, true),
    tap(left => {
      progress.value = left;
      remaining.textContent = `${(left / 1000).toFixed(1)} s`;
    }),
  );
}
