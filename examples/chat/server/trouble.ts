import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Handler, HttpError, type Routes } from './http.js';

/** How long the buttons make the server refuse requests or go away, in milliseconds. */
const REFUSAL = 6_000;
const DOWNTIME = 2_000;

/** Simulates failures between a server and its clients. A real chat doesn't need it. */
export class Trouble {
  private readonly streams = new Set<ServerResponse>();
  private refusedUntil = 0;
  private retryAfter: number | undefined;

  /**
   * @param restart stops the server for this many milliseconds
   * @param makeGap makes the store drop messages that the clients haven't received
   */
  constructor(
    private readonly restart: (downtime: number) => unknown,
    private readonly makeGap: () => Promise<unknown>,
  ) {}

  /** One route per button. `?for=` sets the duration in milliseconds. */
  readonly routes = {
    '/trouble/cut': onPost(() => this.cut()),
    '/trouble/refuse': onPost(request => this.refuse(duration(request, REFUSAL))),
    '/trouble/refuse-with-retry-after': onPost(request => this.refuse(duration(request, REFUSAL), 4)),
    '/trouble/silence': onPost(() => this.silence()),
    '/trouble/gap': onPost(async request => {
      const downtime = duration(request, DOWNTIME);
      // No client may receive the messages that will be missing.
      this.refuse(Infinity);
      await this.makeGap().finally(() => this.refuse(downtime));
    }),
    '/trouble/restart': onPost((request, response) => {
      const downtime = duration(request, DOWNTIME);
      response.once('close', () => this.restart(downtime));
    }),
  } satisfies Routes;

  /** Wraps the handler of the stream. */
  around(handler: Handler): Handler {
    return (request, response) => {
      if (Date.now() < this.refusedUntil) {
        const headers = this.retryAfter === undefined ? {} : { 'retry-after': String(this.retryAfter) };
        throw new HttpError(503, 'The chat is unavailable', headers);
      }
      this.streams.add(response);
      response.once('close', () => this.streams.delete(response));
      return handler(request, response);
    };
  }

  /** Cuts all streams in the middle. */
  cut(): void {
    for (const { socket } of this.streams) socket?.destroy();
  }

  /** Cuts all streams, and responds with 503 for this many milliseconds. Adds `Retry-After` if seconds are given. */
  refuse(milliseconds: number, retryAfter?: number): void {
    this.refusedUntil = Date.now() + milliseconds;
    this.retryAfter = retryAfter;
    this.cut();
  }

  /** From now on, open streams send nothing, not even a heartbeat, as behind a broken proxy. */
  silence(): void {
    for (const response of this.streams) response.cork();
  }
}

/** Returns the duration in the query, in milliseconds. */
function duration({ url = '' }: IncomingMessage, standard: number): number {
  const asked = new URLSearchParams(url.split('?')[1]).get('for');
  if (asked === null) return standard;
  if (!/^\d{1,7}$/.test(asked)) throw new HttpError(400, 'Expected ?for= to be milliseconds');
  return Number(asked);
}

/** A route for a button, which does something and returns no content. */
export const onPost = (act: Handler) => ({
  POST: (async (request, response) => {
    // Any page on any site can send such a request.
    const { origin, host } = request.headers;
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      throw new HttpError(403, 'Expected the request to come from a page of this server');
    }
    await act(request, response);
    response.writeHead(204).end();
  }) satisfies Handler,
});
