import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn } from 'node:timers/promises';
import { BehaviorSubject, mergeAll, Subject, tap } from 'rxjs';
import {
  batchPerFrame,
  decode,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
} from '../../src/index.js';
import { observe } from './observe.js';
import { Random } from './random.js';
import type { Exchange } from './sse-server.js';

const STATES: readonly string[] = ['connecting', 'open', 'waiting', 'paused', 'closed'];

/** By which an answer says who it is. */
const NAME = 'x-answer';

/** Holds what a stream says of its state against what the server knows of its answers. */
export class TruthCheck {
  /** What was said and was not so. */
  readonly lies: string[] = [];
  /** For how long, in milliseconds, a stream has said at the most that an answer was open which the server had ended, or lost. */
  longestDelay = 0;
  /** The answer that the stream says is open. */
  private told: string | undefined;
  private readonly answers = new Map<string, { readonly exchange: Exchange; goneAt?: number }>();
  private readonly toldBefore = new Set<string>();

  /** Sees a request before it is answered. `isCut` tells of the exchanges that the server, or what is before it, has ended. */
  readonly look = (exchange: Exchange, isEnded: (exchange: Exchange) => boolean = () => true): void => {
    const name = String(exchange.index);
    const answer: { readonly exchange: Exchange; goneAt?: number } = { exchange };
    this.answers.set(name, answer);
    exchange.response.setHeader(NAME, name);
    exchange.response.on('close', () => {
      answer.goneAt = performance.now();
      // The client has closed it: it must have said so before.
      if (this.told === name && !isEnded(exchange)) this.lies.push(`said open of ${name}, which it had closed`);
    });
  };

  /** Hears a step as soon as it is said. */
  hear(step: EventSourceLifecycle): void {
    if (!STATES.includes(step.kind)) return;
    const { told } = this;
    const goneAt = told === undefined ? undefined : this.answers.get(told)?.goneAt;
    if (goneAt !== undefined) this.longestDelay = Math.max(this.longestDelay, performance.now() - goneAt);
    this.told = undefined;
    if (step.kind !== 'open') return;
    if (told !== undefined) this.lies.push(`said open while ${told} was`);
    const name = step.headers.get(NAME) ?? '';
    this.told = name;
    const response = this.answers.get(name)?.exchange.response;
    if (!response?.headersSent || response.statusCode !== 200) this.lies.push(`said open of ${name}, which was not`);
    if (this.toldBefore.has(name)) this.lies.push(`said open of ${name} twice`);
    this.toldBefore.add(name);
  }
}

export interface ToggledStreamOptions {
  readonly seed: number;
  readonly url: string;
  readonly options: EventSourceOptions;
  readonly toggles: number;
  readonly truth: TruthCheck;
  /** What the n-th event must be. */
  readonly eventOf: (n: number) => unknown;
  /** Called in a pause that is to last until the server is rid of the client. */
  readonly rest?: () => Promise<void>;
}

/**
 * Pauses a stream and lets it go on, again and again, with an asynchronous `decode` and `batchPerFrame` behind it: after some events, some turns, or
 * within the very `next` of a step. Returns what of the events was not as it must be, and how many came.
 */
export async function runToggled(run: ToggledStreamOptions): Promise<{ count: number; wrong: unknown[] }> {
  const { url, options, toggles, truth, eventOf, rest } = run;
  const random = new Random(run.seed);
  const connectWhile = new BehaviorSubject(true);
  const renew = new Subject<void>();
  const wrong: unknown[] = [];
  let count = 0;
  let last = '';
  /** Does something within the `next` of the first step that fits. */
  let due: { readonly fits: (step: EventSourceLifecycle) => boolean; readonly act: () => void } | undefined;

  const stream = observe(
    fromEventSourceLifecycle(url, { ...options, connectWhile, renew }).pipe(
      tap(step => {
        truth.hear(step);
        last = step.kind;
        if (!due?.fits(step)) return;
        const { act } = due;
        due = undefined;
        act();
      }),
      decode(async (data: string) => {
        for (let turns = random.pick([0, 0, 0, 1, 3]); turns > 0; turns--) await turn();
        return data;
      }),
      batchPerFrame(),
      mergeAll(),
      tap(step => {
        if (step.kind !== 'event') return;
        const expected = eventOf(++count);
        if (!isDeepStrictEqual(step.event, expected) && wrong.length < 3) wrong.push({ is: step.event, expected });
      }),
    ),
  );

  const turns = async (most: number) => {
    for (let left = random.between(0, most); left > 0; left--) await turn();
  };
  /** Fulfilled when `act` has been called within a step. */
  const within = (fits: (step: EventSourceLifecycle) => boolean, act: () => void) =>
    new Promise<void>(resolve => {
      due = {
        fits,
        act: () => {
          act();
          resolve();
        },
      };
    });
  const after = (events: number) => (step: EventSourceLifecycle) => step.kind === 'event' && --events < 0;
  const pause = () => connectWhile.next(false);

  for (let toggle = 0; toggle < toggles; toggle++) {
    if (!connectWhile.value) {
      if (rest && random.chance(0.1)) await rest();
      else await turns(random.pick([0, 3, 30]));
      if (last !== 'paused') truth.lies.push(`said ${last} in a pause`);
      connectWhile.next(true);
      continue;
    }
    switch (random.pick(['events', 'state', 'at once', 'turns', 'renew'])) {
      case 'events':
        await within(after(random.between(0, random.pick([0, 5, 100]))), pause);
        break;
      case 'state': {
        const kind = random.pick(['connecting', 'open', 'open', 'waiting']);
        // A connection on which nothing goes wrong says no such thing.
        const enough = after(50);
        await within(step => step.kind === kind || enough(step), pause);
        break;
      }
      case 'at once':
        pause();
        break;
      case 'turns':
        await turns(60);
        pause();
        break;
      default:
        await within(after(3), () => renew.next());
        await within(after(random.between(0, 20)), pause);
    }
  }
  connectWhile.next(true);
  // What operators hold comes through in the end.
  await within(after(100), () => undefined);
  const enough = count + 100;
  await stream.find(() => count >= enough);
  stream.subscription.unsubscribe();
  return { count, wrong };
}
