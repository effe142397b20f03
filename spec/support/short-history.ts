import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from './random.js';
import type { Exchange } from './sse-server.js';

/**
 * How a server says that it cannot go on where it was asked to: by its own `Last-Event-ID`, as the Mercure protocol has it; by an event of the
 * type `trimmed`; or by refusing the position with 410.
 */
export type GapSign = 'header' | 'event' | 'refusal';

/** What the server did with a request. */
export interface AnsweredRequest {
  /** The number that it was asked to go on from. */
  readonly after: number | undefined;
  /** Whether it could not, and said so. */
  readonly isGap: boolean;
}

/** The id of the n-th event. */
export const idOf = (n: number): string => `ü${n}`;

/**
 * The events 1 to `last`, of which only the latest are kept, and which go on coming while nobody listens. A request without a position gets
 * those that are kept; one for a position that is no longer kept gets them as well, and is told so. When the last event has been had, it answers 204.
 */
export class ShortHistory {
  readonly requests: AnsweredRequest[] = [];
  /** The number of the newest event. */
  private newest = 0;

  constructor(
    private readonly sign: GapSign,
    private readonly last: number,
    /** How many events are kept. */
    private readonly kept: number,
    private readonly random: Random,
    private readonly headers: Record<string, string> = {},
  ) {}

  async answer(exchange: Exchange): Promise<void> {
    const { random, last, sign } = this;
    // What came while nobody listened.
    this.newest = Math.min(this.newest + random.between(0, this.kept * 2), last);
    const asked = /^ü(\d+)$/.exec(exchange.lastEventId ?? '')?.[1];
    const after = asked === undefined ? undefined : Number(asked);
    const oldest = Math.max(this.newest - this.kept, 0) + 1;
    const isGap = after !== undefined && after + 1 < oldest;
    this.requests.push({ after, isGap });
    const headers = { ...this.headers, 'x-request': String(this.requests.length - 1) };
    if (after === last) {
      exchange.refuse(204, headers);
      return;
    }
    if (isGap && sign === 'refusal') {
      exchange.refuse(410, headers, 'gone');
      return;
    }

    // The bytes of the id, as they came.
    const header = isGap ? 'earliest' : (exchange.request.headers['last-event-id'] as string | undefined);
    exchange.open(sign === 'header' && header !== undefined ? { ...headers, 'last-event-id': header } : headers);
    if (isGap && sign === 'event') {
      exchange.send(`event: trimmed\nid: ${idOf(oldest - 1)}\ndata: ${oldest - after - 1}\n\n`);
    }
    for (let n = after === undefined || isGap ? oldest : after + 1; n <= last; n++) {
      if (n > this.newest) this.newest = n;
      exchange.send(`id: ${idOf(n)}\ndata: ${n}\n\n`);
      await turn();
      if (exchange.response.destroyed) return;
    }
    exchange.end();
  }
}
