import { setImmediate as turn } from 'node:timers/promises';
import type { ServerSentEvent } from '../../src/lifecycle.js';
import { Random } from './random.js';
import type { Exchange } from './sse-server.js';

/** The responses to a request and their frequency, in percent. */
const ANSWERS = {
  /** A stream with a clean end, in the middle of an event or not. */
  stream: 88,
  /** 503 instead of a stream. */
  unavailable: 6,
  /** 429 with `Retry-After: 0`, or rarely 1. */
  tooMany: 6,
};
type Answer = keyof typeof ANSWERS;

const LINES = [
  '',
  ' led by a space',
  'tail ',
  ':',
  'data: x',
  'ü€',
  '𝄞',
  '\ufeff',
  'a longer piece of text, as they come',
];
const CROSS_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'last-event-id',
  'access-control-expose-headers': 'retry-after',
};

/** Returns the n-th event, the same every time. A client must receive exactly these events. */
export function eventOf(n: number): ServerSentEvent {
  const random = new Random(n);
  const lines = Array.from({ length: random.pick([0, 0, 0, 1, 2, 4]) }, () => random.pick(LINES));
  return {
    type: random.pick(['message', 'chat', 'tüpe']),
    data: [...lines, `${n}`].join('\n'),
    lastEventId: random.pick(['', '', 'n-ü€', '🚀 ']) + `${n}`,
  };
}

/** Returns the ID of a block without data after the n-th event: the position changes, but means the same. */
const idAfter = (n: number) => `nach ü${n}`;

/**
 * Responds to requests with numbered events or with errors, as the seed decides. It resumes after the requested
 * position, and responds with 204 if that is the last event. Requests may come from any origin.
 */
export class NumberedEvents {
  requests = 0;
  readonly answers: Record<Answer, number> = { stream: 0, unavailable: 0, tooMany: 0 };
  /** The number of requests whose position was the ID of a block without data. */
  movedPositions = 0;
  /** Requested positions that were never sent. */
  readonly unknownPositions: string[] = [];

  constructor(
    private readonly seed: number,
    /** The number of the last event. The first one is 1. */
    private readonly last: number,
  ) {}

  async answer(exchange: Exchange): Promise<void> {
    if (exchange.request.method === 'OPTIONS') {
      exchange.refuse(204, CROSS_ORIGIN);
      return;
    }
    // Each request has its own random numbers, which don't depend on earlier requests or their timing.
    const random = new Random(this.seed + this.requests++ * 0x9e3779b9);
    const after = this.after(exchange.lastEventId ?? '');
    if (after >= this.last) {
      exchange.refuse(204, CROSS_ORIGIN);
      return;
    }

    const answer = random.weighted(ANSWERS);
    this.answers[answer]++;
    if (answer === 'unavailable') {
      exchange.refuse(503, CROSS_ORIGIN, 'data: busy\n');
    } else if (answer === 'tooMany') {
      exchange.refuse(429, { ...CROSS_ORIGIN, 'retry-after': random.chance(0.02) ? '1' : '0' });
    } else {
      const wanted = random.between(1, random.pick([3, 60, 400]));
      const events = Buffer.from(eventStream(random, after + 1, Math.min(after + wanted, this.last)));
      // Without chunked encoding, a cut looks the same as an end.
      exchange.response.useChunkedEncodingByDefault = random.chance(0.8);
      exchange.open(CROSS_ORIGIN);
      const body = events.subarray(0, random.between(0, events.length));
      for (const piece of random.split(body, random.pick([1, 4, 60, 1000, 1000, 20_000]))) {
        exchange.send(piece);
        if (random.chance(0.1)) await turn();
      }
      exchange.end();
    }
  }

  /** Returns the number of the event that a position stands for. */
  private after(position: string): number {
    const n = Number(/\d*$/.exec(position)?.[0]);
    if (position === idAfter(n)) this.movedPositions++;
    else if (position !== (n ? eventOf(n).lastEventId : '')) this.unknownPositions.push(position);
    return n;
  }
}

/** Returns the events with these numbers as text, in any of the forms that the grammar allows. */
function eventStream(random: Random, first: number, last: number): string {
  let text = random.chance(0.1) ? '\ufeff' : '';
  const line = (content: string) => {
    // An LF after a CR belongs to the same line end, and doesn't end another line.
    const ends = content === '' && text.endsWith('\r') ? ['\r', '\r\n'] : ['\n', '\r', '\r\n'];
    text += content + random.pick(ends);
  };
  const field = (name: string, value: string) => {
    if (value === '' && random.chance(0.5)) line(name);
    else line(`${name}:${value.startsWith(' ') || random.chance(0.7) ? ' ' : ''}${value}`);
  };

  for (let n = first; n <= last; n++) {
    const { type, data, lastEventId } = eventOf(n);
    if (random.chance(0.05)) line(random.pick([':', ': heartbeat', 'unknown: field', 'retry: 1', 'retry: 9x', '']));
    const idFirst = random.chance(0.7);
    if (idFirst) field('id', lastEventId);
    if (type !== 'message' || random.chance(0.1)) field('event', type);
    for (const part of data.split('\n')) {
      field('data', part);
      if (random.chance(0.02)) line(': between two lines');
    }
    if (!idFirst) field('id', lastEventId);
    line('');
    if (random.chance(0.05)) {
      field('id', idAfter(n));
      line('');
    }
  }
  return text;
}
