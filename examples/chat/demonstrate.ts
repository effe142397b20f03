import {
  BehaviorSubject,
  catchError,
  concatMap,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  lastValueFrom,
  merge,
  type Observable,
  take,
  takeUntil,
  timer,
  toArray,
} from 'rxjs';
import type { ChatMessage } from './chat-message.js';
import type { ChatStep } from './client/chat-stream.js';
import { numberOf } from './client/number-of.js';
import { postMessage } from './client/post-message.js';

/** How often a message is posted, and how long the last ones may take, in milliseconds. */
const POST_EVERY = 250;
const GRACE = 5_000;

export interface Demonstration {
  readonly origin: string;
  /** Cuts the connection of the client. */
  readonly cut: () => void;
  /** The steps of a client. */
  readonly steps: Observable<ChatStep>;
  /** In milliseconds. */
  readonly duration: number;
  /** Ends it early. */
  readonly stop: Observable<unknown>;
}

/**
 * Posts messages for a while, cuts the connection in the middle, and compares the received messages with the posted
 * ones.
 */
export async function demonstrate({
  origin,
  cut,
  steps,
  duration,
  stop,
}: Demonstration): Promise<{ summary: string; whole: boolean }> {
  const received = new BehaviorSubject<readonly ChatMessage[]>([]);
  const resumedFrom: string[] = [];
  const watching = steps.subscribe(step => {
    if (step.kind === 'event') received.next([...received.value, step.event.data]);
    if (step.kind === 'open' && step.downtime > 0) resumedFrom.push(numberOf(step.resumedFrom));
  });
  watching.add(timer(duration / 2).subscribe(() => cut()));

  const posted = await lastValueFrom(
    timer(0, POST_EVERY).pipe(
      take(Math.ceil(duration / POST_EVERY)),
      concatMap(n =>
        // If a request was cut, its message may or may not be stored. Only the result counts.
        from(postMessage(origin, { author: 'demonstration', message: `message ${n + 1}` })).pipe(
          catchError(() => EMPTY),
        ),
      ),
      takeUntil(stop),
      toArray(),
    ),
  );
  const lastId = posted.at(-1)?.id;
  const allCame = received.pipe(filter(messages => messages.some(({ id }) => id === lastId)));
  await firstValueFrom(merge(allCame, timer(GRACE), stop));
  watching.unsubscribe();

  const fault = findFault(posted, received.value, resumedFrom);
  const came = `${posted.length} messages posted, ${received.value.length} received`;
  return {
    whole: fault === undefined,
    summary: fault
      ? `✗ ${came}: ${fault}`
      : `✓ ${came}, all in order: no gap, no double. Reconnected ${resumedFrom.length} ×, resumed after #${resumedFrom.join(', #')}.`,
  };
}

/** Returns what is wrong with the received messages, or `undefined` if nothing is. */
function findFault(
  posted: readonly ChatMessage[],
  received: readonly ChatMessage[],
  resumedFrom: readonly string[],
): string | undefined {
  const ids = received.map(({ id }) => id);
  const misplaced = ids.find((id, index) => id !== (ids[0] ?? 0) + index);
  if (misplaced !== undefined) return `#${misplaced} came in the wrong order`;
  const missing = posted.find(
    ({ id, message }) => !received.some(other => other.id === id && other.message === message),
  );
  if (missing) return `#${missing.id} did not come`;
  if (posted.length === 0 || resumedFrom.length === 0) return 'ended before it reconnected';
  return undefined;
}
