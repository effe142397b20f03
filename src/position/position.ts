import { noId, storeFailed } from '#texts';
import type { Observable } from 'rxjs';
import { EventSourceError } from '../errors.js';
import { ownText } from '../own-text.js';
import { andThen, fromAnswer, settle } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';
import { pendingWrites, writeInOrder } from './write-in-order.js';

/** How many positions of ended subscriptions an Observable keeps for later subscriptions. */
const MAX_LEFT = 100;

/** A subscriber. RxJS gives it a `destination`, which its types don't show. */
interface Consumer {
  readonly destination?: Consumer | null;
}

/** The position of an ended subscription. */
interface Left {
  readonly lastEventId: string;
}

const NOTHING_LEFT: readonly Left[] = [];

/**
 * Decides where the subscriptions of one Observable start. Each subscription leaves its position behind when it ends.
 * The next one takes the latest position, or the option's if there is none.
 *
 * Several subscriptions can end together and start again later, each after its own wait (`retry({ delay })`), and
 * another can start in between. They must not take each other's position. So a subscription first looks for a position
 * that was left by the same consumer: `retry` subscribes with a new subscriber each time, but the consumer behind it
 * stays the same.
 */
export class Position {
  /** The newest is last. */
  private left = NOTHING_LEFT;
  private leftBy: WeakMap<Consumer, Left> | undefined;

  constructor(private readonly origin: string | LastEventIdStore = '') {}

  /**
   * Starts the subscription of `consumer`, which lasts until its cursor leaves. With a store, it starts at the stored
   * position.
   */
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

  /** Ends the subscription of `consumer` at `lastEventId`. */
  leave(consumer: Consumer, lastEventId: string): void {
    const position = { lastEventId };
    this.leftBy ??= new WeakMap();
    for (let link: Consumer | null | undefined = consumer; link; link = link.destination) {
      this.leftBy.set(link, position);
    }
    this.left = [...this.left.slice(1 - MAX_LEFT), position];
  }
}

/** The position of one subscription. */
export class Cursor {
  /**
   * The id of the last event that was received. A reconnect continues from here. It's ahead of `lastEventId` while
   * events wait for their delivery.
   */
  received: string;
  private saved = '';
  private restored = false;
  private left = false;
  private awaited: Promise<unknown> | undefined;

  constructor(
    private readonly home: Position,
    private readonly consumer: object,
    /**
     * The id of the last event passed to `next`, or the one to start from. A store saves it, and the subscription
     * leaves it behind.
     */
    public lastEventId: string,
    private readonly store?: LastEventIdStore,
  ) {
    this.received = lastEventId;
  }

  /**
   * Emits and completes when the cursor has the stored position. After the first success, it does so at once. If it
   * fails or is unsubscribed, you can call it again.
   *
   * Waits for pending writes to the store, but never twice for the same one: if a store never answers, it delays one
   * attempt until its `connectTimeout`, and the next attempt reads what is stored.
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

  /** Saves the position of the cursor if the store doesn't have it. Returns a Promise if this takes time or fails. */
  save(): Promise<unknown> | undefined {
    if (this.lastEventId === this.saved) return undefined;
    // Copies the id, because a store may keep it for long: it would keep the text of its chunk in memory.
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

  /**
   * Ends the subscription and saves the last delivered position. An error of the store is ignored, because nobody is
   * subscribed any more.
   */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.save()?.catch(() => undefined);
    if (!this.store) this.home.leave(this.consumer, this.lastEventId);
  }
}

/** Reads the store; `''` if it's empty. */
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
