import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { ServerSentEvent } from '../../src/lifecycle.js';

/** What may go wrong with a request, and how often of a hundred. */
const FAULTS = {
  /** The socket is closed in the middle of whatever is being sent, be it the headers. */
  cut: 34.9,
  /** The socket is reset there. */
  reset: 16,
  /** The stream ends as it should, in the middle of an event or not. */
  end: 28,
  /** Nothing more comes: the client's own timeouts must end it. */
  stall: 1.5,
  /** 503 in place of a stream. */
  unavailable: 9,
  /** 429 with `Retry-After: 0`. */
  tooMany: 9,
  /** 429 with `Retry-After: 1`. */
  retryAfter: 0.3,
  /** Every connection is cut, nobody listens for a moment, and then somebody does again. */
  restart: 1.3,
};
export type Fault = keyof typeof FAULTS;
const FAULT_KINDS = Object.keys(FAULTS) as Fault[];

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
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';

/** Numbers from a seed (mulberry32): the same seed, the same chaos. */
class Random {
  constructor(private state: number) {}

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }

  /** In pieces of 1 to `max` bytes. */
  *split(bytes: Buffer, max: number): Generator<Buffer> {
    for (let start = 0, end; start < bytes.length; start = end) {
      end = start + this.between(1, max);
      yield bytes.subarray(start, end);
    }
  }

  fault(): Fault {
    let left = this.next() * 100;
    return FAULT_KINDS.find(kind => (left -= FAULTS[kind]) < 0) ?? 'cut';
  }
}

/** The n-th event, the same however often it is sent: what a client must have in the end. */
export function eventOf(n: number): ServerSentEvent {
  const random = new Random(n);
  const lines = Array.from({ length: random.pick([0, 0, 0, 1, 2, 4]) }, () => random.pick(LINES));
  return {
    type: random.pick(['message', 'chat', 'tüpe']),
    data: [...lines, `${n}`].join('\n'),
    lastEventId: random.pick(['', '', 'n-ü€', '🚀 ']) + `${n}`,
  };
}

/** The id of a block without data that follows the n-th event: the position has moved, and means the same. */
const idAfter = (n: number) => `nach ü${n}`;

/**
 * A server of numbered events, of which every answer goes wrong in a way that its seed decides. It goes on after the position
 * that a request asks for, and answers 204 once the last event has been had.
 *
 * It speaks HTTP by itself, since no server that obeys the protocol cuts it at any byte.
 */
export class ChaosServer {
  /** How many connections have come. */
  connections = 0;
  requests = 0;
  /** How often each fault was made. */
  readonly faults = Object.fromEntries(FAULT_KINDS.map(kind => [kind, 0])) as Record<Fault, number>;
  /** How many positions were those of a block without data. */
  movedPositions = 0;
  /** Positions that were asked for and never sent. */
  readonly unknownPositions: string[] = [];

  private readonly server = createServer(socket => this.accept(socket));
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private restarting: Promise<unknown> | undefined;

  private constructor(
    private readonly seed: number,
    /** The number of the last event; the first is 1. */
    private readonly last: number,
  ) {}

  static async start(seed: number, last: number): Promise<ChaosServer> {
    const started = new ChaosServer(seed, last);
    await started.listen();
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/numbers`;
  }

  /** Cuts every connection, and stops listening. */
  async close(): Promise<void> {
    await this.restarting;
    await this.shut();
  }

  private async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async shut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async restart(): Promise<void> {
    await this.shut();
    for (let turns = 0; turns < 20; turns++) await turn();
    await this.listen();
  }

  private accept(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    let request = '';
    socket
      .setEncoding('utf8')
      .on('error', () => undefined)
      .on('close', () => this.sockets.delete(socket))
      .on('data', (text: string) => {
        request += text;
        if (!request.endsWith('\r\n\r\n')) return;
        const [, position = ''] = /^last-event-id: *(.*)\r$/im.exec(request) ?? [];
        request = '';
        void this.answer(socket, this.after(position));
      });
  }

  /** The number of the event that a position stands for. */
  private after(position: string): number {
    const n = Number(/\d*$/.exec(position)?.[0]);
    if (position === idAfter(n)) this.movedPositions++;
    else if (position !== (n ? eventOf(n).lastEventId : '')) this.unknownPositions.push(position);
    return n;
  }

  private async answer(socket: Socket, after: number): Promise<void> {
    // Each request has its own numbers, so that what came before it, and when, does not change them.
    const random = new Random(this.seed + this.requests++ * 0x9e3779b9);
    if (after >= this.last) {
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      return;
    }

    const fault = random.fault();
    this.faults[fault]++;
    switch (fault) {
      case 'unavailable':
        socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 11\r\n\r\ndata: busy\n');
        return;
      case 'tooMany':
        socket.write('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n');
        return;
      case 'retryAfter':
        socket.write('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
        return;
    }

    const wanted = random.between(1, random.pick([3, 60, 400]));
    const events = Buffer.from(eventStream(random, after + 1, Math.min(after + wanted, this.last)));
    const body = fault === 'end' ? events.subarray(0, random.between(0, events.length)) : events;
    // Without chunks, a cut cannot be told from an end.
    const chunked = random.chance(0.8);
    const framed = chunked
      ? inChunks(random, body)
      : Buffer.concat([Buffer.from(`${OK}Connection: close\r\n\r\n`), body]);
    const bytes = fault === 'end' ? framed : framed.subarray(0, random.between(0, framed.length - 1));

    for (const piece of random.split(bytes, random.pick([100, 5000, 100_000]))) {
      if (socket.destroyed) return;
      socket.write(piece);
      await turn();
    }
    if (fault === 'end') {
      if (chunked) socket.write('0\r\n\r\n');
      else socket.end();
    } else if (fault === 'cut') socket.destroySoon();
    else if (fault === 'reset') socket.resetAndDestroy();
    else if (fault === 'restart') this.restarting ??= this.restart().finally(() => (this.restarting = undefined));
  }
}

/** A head and the body in chunks of few bytes or of many, each of which a client receives by itself. */
function inChunks(random: Random, body: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(`${OK}Transfer-Encoding: chunked\r\n\r\n`)];
  for (const chunk of random.split(body, random.pick([1, 4, 60, 1000, 1000, 20_000]))) {
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** The events of those numbers as text, in any of the ways in which the grammar lets them be written. */
function eventStream(random: Random, first: number, last: number): string {
  let text = random.chance(0.1) ? '\ufeff' : '';
  const line = (content: string) => {
    // A LF after a CR belongs to it, and would be no line of its own.
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
