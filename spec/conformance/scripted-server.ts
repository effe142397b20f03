import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BehaviorSubject, filter, firstValueFrom, race, Subject, timer } from 'rxjs';
import type { Assets } from '../support/sse-server.js';
import type { ScriptedAnswer, Seen, SeenRequest, Step } from './scripted-answers.js';

/** How long a request for `seen` waits for its conditions, in milliseconds. */
const PATIENCE = 20_000;

const ANY_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, last-event-id, content-type, authorization, x-token',
  'access-control-expose-headers': '*, last-event-id, retry-after',
  'access-control-max-age': '600',
};

/** One client's run of a script. */
class Play {
  readonly seen = new BehaviorSubject<Seen>({ requests: [], open: 0 });
  readonly goOn = new Subject<void>();
  private held = 0;

  constructor(private readonly answers: readonly ScriptedAnswer[]) {}

  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { requests } = this.seen.value;
    const answer = this.answers[requests.length] ?? { status: 204 };
    const seen = { ...describe(request), path, body: '' };
    this.change(1, seen);
    response.on('close', () => this.change(-1));
    const body = await textOf(request);
    if (body) this.replace(seen, { ...seen, body });
    if (answer.silent) return;
    const { status = 200, headers, steps = [] } = answer;
    response.writeHead(status, { 'content-type': 'text/event-stream', ...ANY_ORIGIN, ...headers });
    response.flushHeaders();
    for (const step of steps) if (!(await this.perform(step, response))) return;
    response.end();
  }

  /** Lets the response that holds continue, or the next one that will hold. */
  go(): void {
    this.held++;
    this.goOn.next();
  }

  /** Returns whether there is a next step. */
  private async perform(step: Step, response: ServerResponse): Promise<boolean> {
    if (typeof step === 'object') {
      const bytes = 'send' in step ? Buffer.from(step.send) : Uint8Array.from(step.bytes);
      await new Promise<unknown>(resolve => (response.destroyed ? resolve(undefined) : response.write(bytes, resolve)));
      // Separate writes must be sent separately.
      await new Promise(resolve => setImmediate(resolve));
      return !response.destroyed;
    }
    if (step === 'hold') {
      if (this.held === 0) await firstValueFrom(this.goOn);
      this.held--;
      return !response.destroyed;
    }
    if (step === 'cut') response.socket?.destroy();
    if (step === 'reset') response.socket?.resetAndDestroy();
    return false;
  }

  private change(open: number, request?: SeenRequest): void {
    const { value } = this.seen;
    const requests = request ? [...value.requests, request] : value.requests;
    this.seen.next({ requests, open: value.open + open });
  }

  private replace(before: SeenRequest, after: SeenRequest): void {
    const { value } = this.seen;
    this.seen.next({ ...value, requests: value.requests.map(request => (request === before ? after : request)) });
  }
}

function describe({ method = '', headers }: IncomingMessage): Omit<SeenRequest, 'path' | 'body'> {
  const id = headers['last-event-id'] as string | undefined;
  return {
    method,
    headers: headers as SeenRequest['headers'],
    lastEventId: id === undefined ? undefined : Buffer.from(id, 'latin1').toString('utf8'),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The client has disconnected, which `open` shows.
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Responds by a script, and reports what it has seen. The client controls both over HTTP:
 *
 * - `POST /stage` with responses as JSON returns `{ "url": … }`. Requests to this URL receive these responses, one after the other, and then 204;
 * - `POST …/go` lets the response that holds continue;
 * - `GET …/seen?requests=2&open=0` returns what it has seen, after it has received this many requests, with this many open.
 *
 * Any other path is an asset.
 */
export class ScriptedServer {
  private readonly plays: Play[] = [];
  private readonly server = createServer((request, response) => {
    request.socket.on('error', () => undefined);
    this.answer(request, response).catch(() => response.destroy());
  });

  private constructor(private readonly assets: Assets) {}

  static async start(assets: Assets = {}): Promise<ScriptedServer> {
    const started = new ScriptedServer(assets);
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');
    return started;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections, and stops listening. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method } = request;
    if (method === 'OPTIONS') {
      response.writeHead(204, ANY_ORIGIN).end();
      return;
    }
    const asset = this.assets[url];
    if (asset) {
      response.writeHead(200, { 'content-type': asset.type, 'cache-control': 'no-store' }).end(asset.body);
      return;
    }
    if (url === '/stage') {
      const answers = JSON.parse(await textOf(request)) as ScriptedAnswer[];
      tell(response, { url: `/play/${this.plays.push(new Play(answers)) - 1}` });
      return;
    }
    const [, index, path = ''] = /^\/play\/(\d+)(.*)$/.exec(url) ?? [];
    const play = this.plays[Number(index)];
    if (!play) response.writeHead(404, ANY_ORIGIN).end();
    else if (path === '/go') {
      play.go();
      tell(response, {});
    } else if (path.startsWith('/seen')) tell(response, await seenOf(play, new URLSearchParams(path.slice(6))));
    else await play.answer(request, response, path);
  }
}

async function seenOf({ seen }: Play, wanted: URLSearchParams): Promise<Seen> {
  const [requests, open] = [wanted.get('requests'), wanted.get('open')];
  const isThere = (now: Seen) =>
    now.requests.length >= Number(requests ?? 0) && (open === null || now.open === Number(open));
  await firstValueFrom(race(seen.pipe(filter(isThere)), timer(PATIENCE)));
  return seen.value;
}

const tell = (response: ServerResponse, value: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json', ...ANY_ORIGIN }).end(JSON.stringify(value));
