import { Observable, retry, share, type Subscriber } from 'rxjs';
import {
  type Answer,
  type EventSourceLifecycle,
  type ServerSentEvent,
  type SnapshotLifecycle,
  withSnapshot,
} from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { told } from './snapshot-findings.js';
import { Reader } from './snapshot-reader.js';
import type { Act, World } from './snapshot-world.js';

/** A message on its way to the client: an event by its number, the notice that events are trimmed, or a heartbeat. */
type Sent = number | 'trimmed' | 'beat';

interface Load {
  /** The content of the snapshot, once the server has read it. */
  holds: number | undefined;
  settle: { resolve(holds: number): void; reject(error: unknown): void } | undefined;
}

/** Plays the actions of a world. Its server, connection and readers are those of the model. */
export class Play {
  readonly clock = new Clock();
  private length = 0;
  private trimmed = 0;
  private loads: Load[] = [];
  private asked = 0;
  private readonly stream: Observable<EventSourceLifecycle>;

  // The state that the core keeps for a subscription: one connection at a time, which continues from the position.
  private position = '';
  private client: Subscriber<EventSourceLifecycle> | undefined;
  private isOpen = false;
  private connections = 0;
  private received = 0;
  private sent: Sent[] = [];

  readonly readers: Reader[];

  constructor(readonly world: World) {
    const stream = new Observable<EventSourceLifecycle>(client => {
      this.client = client;
      this.connections = this.received = 0;
      this.connect();
      return () => {
        // After an error, `retry` may already have subscribed again.
        if (this.client !== client) return;
        this.close();
        this.client = undefined;
      };
    });
    this.stream = world.isShared ? stream.pipe(share()) : stream;
    this.readers = [new Reader(this, world.isShared ? [] : [...world.within])];
    if (world.isShared) this.readers.push(new Reader(this, []));
    this.readers[0]?.join();
  }

  /** The stream with the operator, as each reader uses it. */
  merged(): Observable<EventSourceLifecycle | SnapshotLifecycle<number>> {
    return this.stream.pipe(
      withSnapshot({
        load: () => this.load(),
        isIn: ({ data }: ServerSentEvent, holds) => {
          const isHeld = Number(data) <= holds;
          if (isHeld) told.dropped++;
          return isHeld;
        },
        reconnect: { delay: 1000, jitter: 0, maxDelay: 4000 },
        scheduler: this.clock,
      }),
      retry(),
    );
  }

  do(act: Act): void {
    switch (act.act) {
      case 'append':
        for (let count = act.count; count > 0; count--) this.send(++this.length);
        break;
      case 'beat':
        this.send('beat');
        break;
      case 'deliver':
        for (let { count } = act; count > 0 && this.sent.length > 0; count--) this.deliver();
        break;
      case 'trim':
        this.trimmed += Math.floor(act.share * (this.length - this.trimmed));
        break;
      case 'accept':
        if (this.client && !this.isOpen) this.accept();
        break;
      case 'cut':
      case 'pause':
      case 'renew':
        this.lose(act.act);
        break;
      case 'break': {
        const { client } = this;
        this.close();
        if (client) told.broken++;
        client?.error(new Error('final'));
        break;
      }
      case 'read':
        this.read(this.pick(act.which));
        break;
      case 'answer':
        this.answer(this.pick(act.which));
        break;
      case 'fail': {
        const load = this.pick(act.which);
        if (load?.settle) told.failed++;
        this.forget(load)?.reject(new Error('down'));
        break;
      }
      case 'tick':
        this.clock.advanceTo(this.clock.now() + act.milliseconds);
        break;
      case 'leave':
        this.readers[0]?.leave();
        this.readers[0]?.join();
        break;
      case 'join':
        this.readers.at(-1)?.join();
        break;
    }
  }

  /** Delivers everything that is still on its way, unsubscribes the readers, and returns the final state. */
  end(): { isWhole: boolean; timers: number; loads: number; isSubscribed: boolean } {
    for (const reader of this.readers) reader.join();
    for (let round = 0; round < 10; round++) {
      this.do({ act: 'accept' });
      // A late subscriber also learns from the heartbeat that the stream is open.
      this.do({ act: 'beat' });
      this.do({ act: 'deliver', count: Infinity });
      this.clock.runOut();
      while (this.loads.length > 0) this.answer(this.loads[0]);
    }
    const { readers, length } = this;
    const isWhole = readers.every(reader => reader.holds === length);
    for (const reader of readers) reader.leave();
    return { isWhole, timers: this.clock.timers, loads: this.loads.length, isSubscribed: this.client !== undefined };
  }

  // The server.

  private send(what: Sent): void {
    if (this.isOpen) this.sent.push(what);
  }

  private accept(): void {
    const { position, world, client } = this;
    const asked = position === '' ? undefined : Number(position);
    const isTrimmed = asked !== undefined && asked < this.trimmed;
    const isRefused = isTrimmed && world.tells === 'refusal';
    let next = asked ?? this.length;
    if (isTrimmed) next = world.goesOn === 'oldest' ? this.trimmed : this.length;
    if (isRefused) this.position = '';
    this.isOpen = true;
    const isFirst = this.connections++ === 0;
    this.sent = isTrimmed && world.tells === 'event' ? ['trimmed'] : [];
    for (let number = next + 1; number <= this.length; number++) this.sent.push(number);

    const { sent } = this;
    const resumedFrom = isRefused ? '' : position;
    const headers = new Headers();
    client?.next({ kind: 'open', url: '/', status: 200, headers, resumedFrom, downtime: 0 });
    // A subscriber may have ended this connection meanwhile.
    if (sent !== this.sent) return;
    if (isTrimmed ? world.tells !== 'event' : asked === undefined && !isFirst && this.received > 0) this.gap();
  }

  private gap(): void {
    told.gaps++;
    this.client?.next({ kind: 'gap', requested: this.position, resumed: '' });
  }

  private load(): Answer<number> {
    const { answers } = this.world;
    const kind = answers[this.asked++ % answers.length];
    if (kind === 'value') return this.length;
    const load: Load = { holds: undefined, settle: undefined };
    this.loads.push(load);
    if (kind === 'promise') {
      // It can't be cancelled, and it calls back synchronously.
      return {
        then: (resolve: (holds: number) => void, reject: (error: unknown) => void) => {
          load.settle = { resolve, reject };
        },
      } as PromiseLike<number>;
    }
    return new Observable(subscriber => {
      // It doesn't complete after its value.
      load.settle = {
        resolve: holds => subscriber.next(holds),
        reject: error => subscriber.error(error),
      };
      return () => {
        if (this.forget(load)) told.abandoned++;
      };
    });
  }

  private pick(which: number): Load | undefined {
    return this.loads[which % Math.max(1, this.loads.length)];
  }

  private read(load: Load | undefined): void {
    if (load) load.holds ??= this.length;
  }

  private answer(load: Load | undefined): void {
    this.read(load);
    this.forget(load)?.resolve(load?.holds ?? NaN);
  }

  private forget(load: Load | undefined): Load['settle'] {
    const index = load ? this.loads.indexOf(load) : -1;
    if (index < 0) return undefined;
    this.loads.splice(index, 1);
    return load?.settle;
  }

  // The client's connection.

  private connect(): void {
    this.client?.next({ kind: 'connecting', attempt: 0, lastEventId: this.position });
  }

  private close(): void {
    this.isOpen = false;
    this.sent = [];
  }

  private lose(how: 'cut' | 'pause' | 'renew'): void {
    if (!this.isOpen) return;
    this.close();
    const { sent } = this;
    told.cuts++;
    if (how === 'cut') this.client?.next({ kind: 'waiting', delay: 1000, attempt: 1, error: new Error('lost') });
    if (how === 'pause') this.client?.next({ kind: 'paused' });
    // A subscriber may have started again meanwhile.
    if (sent === this.sent) this.connect();
  }

  private deliver(): void {
    const { sent } = this;
    const what = sent.shift();
    if (what === undefined) return;
    if (what === 'beat') {
      this.client?.next({ kind: 'comment', text: '' });
      return;
    }
    if (what === 'trimmed') this.gap();
    if (sent !== this.sent) return;
    if (this.world.hasIds && what !== 'trimmed') this.position = String(what);
    this.received++;
    this.client?.next({
      kind: 'event',
      event: { type: 'message', data: String(what), lastEventId: this.position },
    });
  }
}
