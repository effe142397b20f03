import { noId, storeFailed } from '#texts';
import type { Observable } from 'rxjs';
import { EventSourceError } from '../errors.js';
import { ownText } from '../own-text.js';
import { andThen, fromAnswer, settle } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';
import { pendingWrites, writeInOrder } from './write-in-order.js';

/** How many positions an Observable keeps of subscriptions that have ended, for those that may still come. */
const MAX_LEFT = 100;

/** A subscriber. Its values go to `destination`, which RxJS has, but not in its types. */
interface Consumer {
  readonly destination?: Consumer | null;
}

/** Where a subscription ended. */
interface Left {
  readonly lastEventId: string;
}

const NOTHING_LEFT: readonly Left[] = [];

/**
 * Where the subscriptions of one Observable start. Each that ends leaves its position behind. One that starts takes the position
 * that was left last, and if none is left, the option's.
 *
 * Several may end together and come back later, each after its own wait (`retry({ delay })`), and another may start in between.
 * They must not take each other's. So a subscription takes what was left on the way to its own consumer, if anything was: `retry`
 * subscribes with something new each time, but what is behind it stays.
 */
export class Position {
  /** The last one last. */
  private left = NOTHING_LEFT;
  private leftBy: WeakMap<Consumer, Left> | undefined;

  constructor(private readonly origin: string | LastEventIdStore = '') {}

  /** Begins the subscription of `consumer`. It lasts until its cursor leaves. With a store it starts where the store says. */
  enter(consumer: object): Cursor {
    const { origin } = this;
    return typeof origin === 'string'
      ? new Cursor(this, consumer, this.take(consumer) ?? origin)
      : new Cursor(this, consumer, '', origin);
  }

  private take(consumer: Consumer): string | undefined {
    let taken: Left | undefined;
    for (let link: Consumer | null | undefined = consumer; link; link = link.destination) {
      taken ??= this.leftBy?.get(link);
      this.leftBy?.delete(link);
    }
    taken ??= this.left.at(-1);
    if (taken) this.left = this.left.filter(position => position !== taken);
    return taken?.lastEventId;
  }

  /** Ends the subscription of `consumer`, at `lastEventId`. */
  leave(consumer: Consumer, lastEventId: string): void {
    const position = { lastEventId };
    this.leftBy ??= new WeakMap();
    for (let link: Consumer | null | undefined = consumer; link; link = link.destination) {
      this.leftBy.set(link, position);
    }
    this.left = [...this.left.slice(1 - MAX_LEFT), position];
  }
}

/** Where one subscription stands. */
export class Cursor {
  /**
   * The id of the last event that was received and is going to be delivered: what a reconnect goes on from. It is ahead of
   * `lastEventId` while events are held back.
   */
  received: string;
  private saved = '';
  private restored = false;
  private left = false;
  private awaited: Promise<unknown> | undefined;

  constructor(
    private readonly home: Position,
    private readonly consumer: object,
    /** The id of the last event that was handed to `next`, or the one to start from: what a store gets, and what is left behind. */
    public lastEventId: string,
    private readonly store?: LastEventIdStore,
  ) {
    this.received = lastEventId;
  }

  /**
   * Emits and completes once the cursor stands where the store has it: after it has succeeded once, at once. If it fails, or is
   * unsubscribed from, it can be called again.
   *
   * It waits for the writes that are on their way to the store, but not twice for the same: a store that never answers holds an
   * attempt up until its `connectTimeout`, and the next one reads what is there.
   */
  restore(): Observable<unknown> {
    const { store } = this;
    if (!store || this.restored) return fromAnswer(undefined);
    const wait = () => {
      const pending = pendingWrites.get(store);
      if (pending !== this.awaited) return (this.awaited = pending);
      pendingWrites.delete(store);
      return undefined;
    };
    return settle('', wait).pipe(
      andThen(() => read(store)),
      andThen(lastEventId => {
        this.lastEventId = this.received = this.saved = lastEventId;
        this.restored = true;
      }),
    );
  }

  /** Tells the store where the cursor stands, unless it knows. A Promise if that takes time, or fails. */
  save(): Promise<unknown> | undefined {
    if (this.lastEventId === this.saved) return undefined;
    // A position may be kept for long: not with the text of its chunk.
    const lastEventId = (this.saved = ownText(this.lastEventId));
    if (this.received === lastEventId) this.received = lastEventId;
    this.lastEventId = lastEventId;
    return (
      this.store &&
      writeInOrder(this.store, lastEventId)?.catch((cause: unknown) => {
        throw storeError('set', cause);
      })
    );
  }

  /** Ends the subscription. What was delivered and isn't stored yet is stored. If that fails, there is nobody to tell. */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.save()?.catch(() => undefined);
    if (!this.store) this.home.leave(this.consumer, this.lastEventId);
  }
}

/** What the store has; `''` for nothing. */
function read(store: LastEventIdStore): Observable<string> {
  const ask = settle('lastEventId.get', () => store.get()).pipe(
    andThen(answer => {
      const lastEventId = answer ?? '';
      if (typeof (lastEventId as unknown) === 'string') return lastEventId;
      throw new TypeError(noId(lastEventId));
    }),
  );
  return settle(
    '',
    () => ask,
    (cause: unknown) => storeError('get', cause),
  );
}

export const storeError = (method: 'get' | 'set', cause: unknown) =>
  new EventSourceError(storeFailed(method), { cause });
