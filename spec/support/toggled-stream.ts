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

/** The header that identifies a response. */
const NAME = 'x-answer';

/** Compares the states that a stream reports with the server's knowledge of its responses. */
export class TruthCheck {
  /** Reports that weren't true. */
  readonly lies: string[] = [];
  /** The longest time, in milliseconds, that a stream reported a response as open after the server had ended or lost it. */
  longestDelay = 0;
  /** The response that the stream reports as open. */
  private told: string | undefined;
  private readonly answers = new Map<string, { readonly exchange: Exchange; goneAt?: number }>();
  private readonly toldBefore = new Set<string>();

  /** Receives a request before its response. `isEnded` returns whether the server, or a relay in front of it, has ended an exchange. */
  readonly look = (exchange: Exchange, isEnded: (exchange: Exchange) => boolean = () => true): void => {
    const name = String(exchange.index);
    const answer: { readonly exchange: Exchange; goneAt?: number } = { exchange };
    this.answers.set(name, answer);
    exchange.response.setHeader(NAME, name);
    exchange.response.on('close', () => {
      answer.goneAt = performance.now();
      // The client closed it, so it must have reported that before.
      if (this.told === name && !isEnded(exchange)) this.lies.push(`said open of ${name}, which it had closed`);
    });
  };

  /** Receives a step as soon as it is emitted. */
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
  /** Returns the expected n-th event. */
  readonly eventOf: (n: number) => unknown;
  /** Called in a pause that should last until the server has no connection of the client. */
  readonly rest?: () => Promise<void>;
}

/**
 * Pauses and resumes a stream again and again, with an asynchronous `decode` and `batchPerFrame` after it: after some events, after some turns of
 * the event loop, or within the `next` of a step. Returns the first wrong events, and the number of all events.
 */
export async function runToggled(run: ToggledStreamOptions): Promise<{ count: number; wrong: unknown[] }> {
  const { url, options, toggles, truth, eventOf, rest } = run;
  const random = new Random(run.seed);
  const connectWhile = new BehaviorSubject(true);
  const renew = new Subject<void>();
  const wrong: unknown[] = [];
  let count = 0;
  let last = '';
  /** The action to run within the `next` of the first matching step. */
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
  /** Resolves when `act` has been called within a step. */
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
        // Without a fault, a connection may never emit that step.
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
  // Waits until the events that operators hold have been emitted.
  await within(after(100), () => undefined);
  const enough = count + 100;
  await stream.find(() => count >= enough);
  stream.subscription.unsubscribe();
  return { count, wrong };
}
