import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Handler, HttpError, type Routes } from './http.js';

/** How long the server refuses, and stays away, at the push of a button; in milliseconds. */
const REFUSAL = 6_000;
const DOWNTIME = 2_000;

/** What goes wrong between a server and its clients, on demand. A chat needs none of it. */
export class Trouble {
  private readonly streams = new Set<ServerResponse>();
  private refusedUntil = 0;
  private retryAfter: number | undefined;

  /**
   * @param restart makes the server go away for so many milliseconds
   * @param makeGap makes the store forget what the clients have not been sent
   */
  constructor(
    private readonly restart: (downtime: number) => unknown,
    private readonly makeGap: () => Promise<unknown>,
  ) {}

  /** A button each. What lasts for a while lasts for `?for=` milliseconds, if a request says so. */
  readonly routes = {
    '/trouble/cut': onPost(() => this.cut()),
    '/trouble/refuse': onPost(request => this.refuse(duration(request, REFUSAL))),
    '/trouble/refuse-with-retry-after': onPost(request => this.refuse(duration(request, REFUSAL), 4)),
    '/trouble/silence': onPost(() => this.silence()),
    '/trouble/gap': onPost(async request => {
      const downtime = duration(request, DOWNTIME);
      // Nobody may be sent what is going to be missing.
      this.refuse(Infinity);
      await this.makeGap().finally(() => this.refuse(downtime));
    }),
    '/trouble/restart': onPost((request, response) => {
      const downtime = duration(request, DOWNTIME);
      response.once('close', () => this.restart(downtime));
    }),
  } satisfies Routes;

  /** The stream's handler, in trouble. */
  around(handler: Handler): Handler {
    return (request, response) => {
      if (Date.now() < this.refusedUntil) {
        const headers = this.retryAfter === undefined ? {} : { 'retry-after': String(this.retryAfter) };
        throw new HttpError(503, 'The chat is not available now', headers);
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

  /** Cuts all streams, and answers 503 for so many milliseconds; with `Retry-After` if seconds for it are given. */
  refuse(milliseconds: number, retryAfter?: number): void {
    this.refusedUntil = Date.now() + milliseconds;
    this.retryAfter = retryAfter;
    this.cut();
  }

  /** From now on nothing leaves on the streams that are open, not even a heartbeat: as behind a proxy that forgot them. */
  silence(): void {
    for (const response of this.streams) response.cork();
  }
}

/** How long the query says, in milliseconds. */
function duration({ url = '' }: IncomingMessage, standard: number): number {
  const asked = new URLSearchParams(url.split('?')[1]).get('for');
  if (asked === null) return standard;
  if (!/^\d{1,7}$/.test(asked)) throw new HttpError(400, 'Expected ?for= to be milliseconds');
  return Number(asked);
}

/** A button: a route that does something, and has nothing to say. */
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
