import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { filter, firstValueFrom, race, ReplaySubject, timer } from 'rxjs';
import {
  expectedTranscript,
  type Item,
  type Quirks,
  redirectPath,
  type RequestSeen,
  type Transcript,
} from './expected-transcript.js';
import { type Answer, type Client, NO_CONTENT, type Script } from './script.js';
import type { Assets } from './sse-server.js';

/** Far more than a script takes on a slow machine, in milliseconds. A client that takes longer is stuck. */
const DEADLINE = 40_000;

/** A script as one client plays it. */
export class Play implements Transcript {
  readonly requests: RequestSeen[] = [];
  readonly items: Item[] = [];
  /** The wait of the client before its request for each response, in milliseconds. */
  readonly waits: number[] = [];
  readonly expected;
  private readonly told = new ReplaySubject<Item>(1);
  private endedAt = -Infinity;
  /** The path that the last request is redirected to, if it is. */
  private onTheWay: string | undefined;
  private hop = 0;

  constructor(
    /** The URL at which the client requests the stream. */
    readonly url: string,
    readonly script: Script,
    readonly client: Client,
    private readonly quirks: Quirks,
  ) {
    this.expected = expectedTranscript(script, client, quirks);
  }

  /** Records an item that the client reports. */
  tell(item: Item): void {
    this.items.push(item);
    this.told.next(item);
  }

  /** Resolves when the client has closed, or is stuck. */
  closed(): Promise<unknown> {
    return firstValueFrom(race(this.told.pipe(filter(item => item === 'closed')), timer(DEADLINE)));
  }

  /** Returns the response to a request: a redirect, or the final one. */
  ask(request: RequestSeen): Answer | { readonly status: number; readonly location: string } {
    this.requests.push(request);
    if (this.onTheWay === request.path) {
      this.hop++;
    } else {
      this.hop = 0;
      this.waits.push(performance.now() - this.endedAt);
    }
    const index = this.waits.length - 1;
    const answer = this.script[index] ?? NO_CONTENT;
    const status = answer.redirects[this.hop];
    this.onTheWay = status === undefined ? undefined : redirectPath(index, this.hop);
    return status === undefined ? answer : { status, location: `${this.url}${this.onTheWay}` };
  }

  /** Resolves when the client has reported all items of its last response, unless it can't before the response ends. */
  async hasRead({ body }: Answer): Promise<void> {
    if (this.quirks.opensLate && body.length === 0) return;
    const count = this.expected.itemsAfter[this.waits.length - 1] ?? 0;
    if (this.items.length < count) await firstValueFrom(this.told.pipe(filter(() => this.items.length >= count)));
  }

  /** Records the end of the response. Called again if more follows. */
  end(): void {
    this.endedAt = performance.now();
  }
}

/**
 * A server that responds to each client according to a script. It speaks HTTP by itself, because no compliant server
 * sends such responses, or accepts every `Last-Event-ID` that a browser sends.
 */
export class ScriptServer {
  readonly plays = new Map<string, Play>();
  private readonly server = createServer(socket => this.accept(socket));
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly assets: Assets) {}

  static async start(assets: Assets): Promise<ScriptServer> {
    const started = new ScriptServer(assets);
    started.server.listen(0, '127.0.0.1');
    await once(started.server, 'listening');
    return started;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Adds a play of the script for the client, with a URL of its own. */
  stage(script: Script, client: Client, quirks: Quirks = {}): Play {
    const play = new Play(`/${this.plays.size}`, script, client, quirks);
    this.plays.set(play.url, play);
    return play;
  }

  /** Cuts all connections and stops the server. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    let text = '';
    socket
      .setNoDelay()
      .setEncoding('latin1')
      .on('error', () => undefined)
      .on('close', () => this.sockets.delete(socket))
      .on('data', (chunk: string) => {
        text += chunk;
        if (text.endsWith('\r\n\r\n')) void this.answer(socket, text);
      });
  }

  private async answer(socket: Socket, text: string): Promise<void> {
    const [, target = '', url = '', path = ''] = /^GET ((\/\d*)([^ ]*))/.exec(text) ?? [];
    const asset = this.assets[target];
    if (asset) {
      socket.write(head(200, [`Content-Type: ${asset.type}`, 'Cache-Control: no-store']));
      socket.end(asset.body);
      return;
    }
    const play = this.plays.get(url);
    if (!play) throw new Error(`Expected a request for a script, but got ${target}`);

    const header = (name: string) => new RegExp(`\r\n${name}:[ \t]*(.*?)[ \t]*\r\n`, 'i').exec(text)?.[1];
    const answer = play.ask({ path, accept: header('accept'), lastEventId: header('last-event-id') });
    if ('location' in answer) {
      socket.end(head(answer.status, [`Location: ${answer.location}`, 'Content-Length: 0']));
      return;
    }
    const { status, contentType, body, pieceSize, framing, ending } = answer;
    if (ending === 'unanswered') {
      play.end();
      socket.destroy();
      return;
    }

    const framings = {
      chunked: ['Transfer-Encoding: chunked'],
      length: [`Content-Length: ${body.length + (ending === 'complete' ? 0 : 1)}`],
      close: [],
    };
    const isBodiless = status === 204 || status === 304;
    // If the client rejects the response, it ends with its head. If it knows the length, it ends with the last byte, and
    // not with the connection.
    const isRejected = status !== 200 || !contentType.openedBy.includes(play.client);
    const isEndKnown = isRejected || (ending === 'complete' && framing === 'length');
    play.end();
    socket.write(
      head(status, [
        ...contentType.lines.map(line => `Content-Type: ${line}`),
        ...(isBodiless ? [] : framings[framing]),
      ]),
    );
    for (let start = 0; start < body.length && !isBodiless; start += pieceSize) {
      const piece = body.subarray(start, start + pieceSize);
      if (!isRejected) play.end();
      socket.write(framing === 'chunked' ? chunk(piece) : piece);
      await turn();
    }
    if (ending !== 'complete') await play.hasRead(answer);
    if (!isEndKnown) play.end();
    if (ending === 'reset') socket.resetAndDestroy();
    else socket.end(framing === 'chunked' && ending === 'complete' && !isBodiless ? '0\r\n\r\n' : '');
  }
}

/** Each connection carries one response: on a reused connection, a browser retries a request without a response. */
const head = (status: number, headers: readonly string[]) =>
  Buffer.from([`HTTP/1.1 ${status} Status`, ...headers, 'Connection: close', '', ''].join('\r\n'), 'latin1');

const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
