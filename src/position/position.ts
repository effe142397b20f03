import { isObservable, type Observable } from 'rxjs';
import { EventSourceError } from '../errors.js';
import { ownText } from '../own-text.js';
import { andThen, fromAnswer, isPromiseLike, settle } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * Where an Observable stands: the id of the last event that it delivered.
 *
 * A subscription that starts when no other is live goes on from there. One beside a live one starts from the option, and
 * neither moves the other's position; the last to leave hands its own on.
 */
export class Position {
  private live = 0;
  private remembered: string | undefined;
  private saving: Promise<unknown> | undefined;

  constructor(private readonly origin: string | LastEventIdStore = '') {}

  /** Begins a subscription, which is live until its cursor leaves. */
  enter(): Cursor {
    const { origin } = this;
    const resumed = this.live++ === 0 ? this.remembered : undefined;
    if (typeof origin === 'string') return new Cursor(this, resumed ?? origin);
    return new Cursor(this, '', origin);
  }

  /** Ends one, at `lastEventId`. */
  leave(lastEventId: string): void {
    this.live--;
    // Of several it is the last one's that is read: while any is live, none starts from here.
    this.remembered = lastEventId;
  }

  /**
   * Runs `access` after the write that is on its way, if one is: a slow store sees its writes in order, and a subscription
   * that starts does not read what is about to be replaced.
   */
  afterSaving<T>(access: () => T): T | Promise<T> {
    return this.saving ? this.saving.then(access) : access();
  }

  /** Remembers a write as on its way until it has settled. */
  track(write: Promise<unknown>): void {
    const saving = write
      .catch(() => undefined)
      .then(() => {
        if (this.saving === saving) this.saving = undefined;
      });
    this.saving = saving;
  }
}

/** Where one subscription stands. */
export class Cursor {
  private saved = '';
  private left = false;

  constructor(
    private readonly position: Position,
    /** The id of the last event that was handed to `next`, or the one to start from. */
    public lastEventId: string,
    private readonly store?: LastEventIdStore,
  ) {}

  /** Emits once the cursor stands where the store has it. What it fails with is the store's own. */
  restore(): Observable<unknown> {
    const { store } = this;
    if (!store) return fromAnswer(undefined);
    return fromAnswer(this.position.afterSaving(() => undefined)).pipe(
      andThen(() => settle('lastEventId.get', () => store.get())),
      andThen(lastEventId => {
        if (typeof (lastEventId ?? '') !== 'string')
          throw new TypeError(`Expected an id, but got a ${typeof lastEventId}`);
        this.lastEventId = this.saved = lastEventId ?? '';
      }),
    );
  }

  /** Tells the store where the cursor stands, unless it knows. A Promise where that takes time, or fails. */
  save(): Promise<unknown> | undefined {
    const { store, position } = this;
    if (this.lastEventId === this.saved) return undefined;
    // A position may be kept for long: not with the text of its chunk.
    const lastEventId = (this.lastEventId = this.saved = ownText(this.lastEventId));
    if (!store) return undefined;
    let written: unknown;
    try {
      written = position.afterSaving(() => {
        const answer = store.set(lastEventId);
        if (!isObservable(answer)) return answer;
        return new Promise<void>((resolve, reject) => {
          answer.subscribe({ error: reject, complete: resolve });
        });
      });
    } catch (error) {
      written = Promise.reject(error);
    }
    if (!isPromiseLike(written)) return undefined;
    const write = Promise.resolve(written).catch((cause: unknown) => {
      throw storeError('set', cause);
    });
    position.track(write);
    return write;
  }

  /** The subscription is no longer live. What was delivered and not stored yet is stored; a failure has no one to go to. */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.save()?.catch(() => undefined);
    this.position.leave(this.lastEventId);
  }
}

export const storeError = (method: 'get' | 'set', cause: unknown) =>
  new EventSourceError(`Expected \`${method}\` of the LastEventIdStore to succeed, but it failed`, { cause });
