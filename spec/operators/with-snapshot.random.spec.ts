import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, retry, share, Subject, type Subscriber, Subscription } from 'rxjs';
import {
  type Answer,
  type EventSourceLifecycle,
  type ServerSentEvent,
  type SnapshotLifecycle,
  withSnapshot,
} from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { firstSeed } from '../support/random-stream.js';

/**
 * The model: a server has a list that grows, 1, 2, 3 and so on. Its events say what was added, its snapshots how long the list is. So a store that
 * missed nothing and doubled nothing is 1, 2, 3 up to somewhere, at each moment, it never gets shorter, and in the end it is the whole list.
 */
interface World {
  /** Whether events have ids. Without, each connection begins with what happens from then on. */
  readonly hasIds: boolean;
  /** How a server that has trimmed what it is asked for says so: by a header, by an event, or by a refusal (410). */
  readonly tells: 'header' | 'event' | 'refusal';
  /** Where it goes on then: with the oldest that it still has, or with what happens from now on. */
  readonly goesOn: 'oldest' | 'now';
  /** What `load` returns, in turns. */
  readonly answers: readonly ('value' | 'promise' | 'observable')[];
  /** Whether a second subscriber shares the stream. */
  readonly isShared: boolean;
  /** What happens, one after the other. */
  readonly acts: readonly Act[];
  /** What the first subscriber does within the steps that it gets, in turns: nothing, or that. Not if the stream is shared. */
  readonly within: readonly (Act | undefined)[];
}

type Act =
  | { readonly act: 'append' | 'deliver'; readonly count: number }
  | { readonly act: 'trim'; readonly share: number }
  | { readonly act: 'read' | 'answer' | 'fail'; readonly which: number }
  | { readonly act: 'tick'; readonly milliseconds: number }
  | { readonly act: 'accept' | 'cut' | 'pause' | 'renew' | 'beat' | 'break' | 'leave' | 'join' };

/** What is on its way to the client: an event by its number, word of a hole, or a heartbeat. */
type Sent = number | 'trimmed' | 'beat';

interface Load {
  /** What the snapshot holds, once the server has read it. */
  holds: number | undefined;
  settle: { resolve(holds: number): void; reject(error: unknown): void } | undefined;
}

/** What has happened in all sequences: shows that they are no mere walks in a park. */
const told = {
  sequences: 0,
  events: 0,
  dropped: 0,
  snapshots: 0,
  failed: 0,
  abandoned: 0,
  gaps: 0,
  cuts: 0,
  broken: 0,
};

class Play {
  readonly clock = new Clock();
  private length = 0;
  private trimmed = 0;
  private loads: Load[] = [];
  private asked = 0;
  private readonly stream: Observable<EventSourceLifecycle>;

  // What the core is to a subscription: one connection at a time, which goes on from the position.
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
        // Behind an error, `retry` may have subscribed again by now.
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

  /** The operator, in its place. */
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

  /** All that is on its way arrives, and nothing more happens. */
  end(): { isWhole: boolean; timers: number; loads: number; isSubscribed: boolean } {
    for (const reader of this.readers) reader.join();
    for (let round = 0; round < 10; round++) {
      this.do({ act: 'accept' });
      // By this a late subscriber, too, hears that the stream is open.
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
    // A subscriber may have ended that connection meanwhile.
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
      // Nobody can abandon it, and it settles at once when it does.
      return {
        then: (resolve: (holds: number) => void, reject: (error: unknown) => void) => {
          load.settle = { resolve, reject };
        },
      } as PromiseLike<number>;
    }
    return new Observable(subscriber => {
      // It stays alive after its value.
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
    // A subscriber may have begun anew meanwhile.
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

/** A store that judges what it gets. */
class Reader {
  private length: number | undefined;
  private subscription = Subscription.EMPTY;
  private busy = false;

  constructor(
    private readonly play: Play,
    private readonly within: (Act | undefined)[],
  ) {}

  join(): void {
    if (!this.subscription.closed) return;
    // In hand before the first step comes.
    const subscription = (this.subscription = new Subscription());
    const stream = new Subject<EventSourceLifecycle | SnapshotLifecycle<number>>();
    subscription.add(stream.subscribe(step => this.next(step)));
    subscription.add(this.play.merged().subscribe(stream));
  }

  leave(): void {
    this.subscription.unsubscribe();
  }

  get holds(): number | undefined {
    return this.length;
  }

  private next(step: EventSourceLifecycle | SnapshotLifecycle<number>): void {
    if (step.kind === 'snapshot') {
      told.snapshots++;
      wrong(step.snapshot < (this.length ?? 0), `${step.snapshot} after ${this.length}`);
      this.length = step.snapshot;
    } else if (step.kind === 'event' && step.event.data !== 'trimmed') {
      told.events++;
      const number = Number(step.event.data);
      wrong(number !== (this.length ?? NaN) + 1, `event ${number} after ${this.length}`);
      this.length = number;
    }
    const act = this.busy ? undefined : this.within.shift();
    if (!act) return;
    this.busy = true;
    this.play.do(act);
    this.busy = false;
  }
}

/** Errors of a subscriber are nobody's: they are kept until the sequence is over. */
let wrongs: string[] = [];
function wrong(isWrong: boolean, what: string): void {
  if (isWrong) wrongs.push(what);
}

const plain = fc.constantFrom(
  ...(['accept', 'accept', 'accept', 'cut', 'pause', 'renew', 'beat', 'break', 'leave', 'join'] as const),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('trim' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constantFrom('read', 'answer', 'answer', 'fail' as const), which: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('tick' as const), milliseconds: fc.constantFrom(0, 1, 1000, 4000) }),
  },
  { weight: 5, arbitrary: fc.record({ act: plain }) },
);

const world: fc.Arbitrary<World> = fc.record({
  hasIds: fc.boolean(),
  tells: fc.constantFrom('header', 'event', 'refusal' as const),
  goesOn: fc.constantFrom('oldest', 'now' as const),
  answers: fc.array(fc.constantFrom('value', 'promise', 'observable', 'observable' as const), {
    minLength: 1,
    maxLength: 4,
  }),
  isShared: fc.boolean(),
  acts: fc.array(act, { maxLength: 60, size: 'max' }),
  within: fc.array(fc.option(act, { nil: undefined, freq: 3 }), { maxLength: 12 }),
});

describe('withSnapshot', () => {
  afterAll(() => console.log(`SEED=${firstSeed}: ${JSON.stringify(told)}`));

  it('under random interleavings of slow loads, failed loads, gaps and cuts equals a model', () => {
    const play = (world: World) => {
      told.sequences++;
      wrongs = [];
      const play = new Play(world);
      for (const act of world.acts) play.do(act);
      const end = play.end();
      expect({ ...end, wrongs }).toEqual({ isWhole: true, timers: 0, loads: 0, isSubscribed: false, wrongs: [] });
    };
    fc.assert(fc.property(world, play), { seed: firstSeed, numRuns: 1500 });
    // Each of what is claimed to be withstood has come.
    expect(Object.entries(told).filter(([, count]) => count < 50)).toEqual([]);
  });
});
