import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from './random.js';
import type { Exchange } from './sse-server.js';

/**
 * How a server signals that it can't resume at the requested position: by its own `Last-Event-ID` header, as in the Mercure protocol; by an event
 * of the type `trimmed`; or by refusing the position with 410.
 */
export type GapSign = 'header' | 'event' | 'refusal';

/** A request that the server has responded to. */
export interface AnsweredRequest {
  /** The number of the event that it should resume after. */
  readonly after: number | undefined;
  /** Whether the server couldn't resume there, and signaled it. */
  readonly isGap: boolean;
}

/** Returns the id of the n-th event. */
export const idOf = (n: number): string => `ü${n}`;

/**
 * A server with the events 1 to `last`. It keeps only the latest, and publishes more while no client is connected. A request without a position
 * receives the kept events. For a position that is no longer kept, the server signals a gap, and also sends the kept events unless it refuses. A
 * client that has the last event receives 204.
 */
export class ShortHistory {
  readonly requests: AnsweredRequest[] = [];
  /** The number of the newest event. */
  private newest = 0;

  constructor(
    private readonly sign: GapSign,
    private readonly last: number,
    /** The number of events that are kept. */
    private readonly kept: number,
    private readonly random: Random,
    private readonly headers: Record<string, string> = {},
  ) {}

  async answer(exchange: Exchange): Promise<void> {
    const { random, last, sign } = this;
    // Events that were published while no client was connected.
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

    // The bytes of the id, as received.
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
