import { checkDeliver } from '#angular-checks';
import { type ResourceStatus, untracked, type WritableSignal } from '@angular/core';
import { type Observable, Subject, type Subscription, takeUntil, tap } from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  type EventSourceLifecycle,
  type Flush,
  IDLE_CONNECTION,
  type ServerSentEvent,
} from '../index.js';
import type { EventSourceResourceOptions } from './event-source-resource-options.js';
import type { SseOptions } from './provide-sse.js';

export type ResourceEvent = ServerSentEvent<unknown>;
export type ResourceStep = EventSourceLifecycle<ResourceEvent>;

/** What the signals are of: the stream of a request, or why there is none. */
export interface ResourceSource<T> {
  readonly stream?: ResourceStream<T>;
  readonly error?: Error;
  /** How often it was reloaded. */
  readonly reloads: number;
}

/** All that the signals say. */
export interface ResourceState<T> {
  readonly value: T;
  readonly status: ResourceStatus;
  readonly error: Error | undefined;
  readonly connection: ConnectionState;
  readonly lastEventId: string;
}

/** What a stream belongs to. */
export interface ResourceHost<T> {
  readonly options: Pick<EventSourceResourceOptions<T, never>, 'initial' | 'reduce' | 'reduceMany' | 'reset'>;
  readonly state: WritableSignal<ResourceState<T>>;
  /** What the signals are of now; `undefined` once it is destroyed. Nothing depends on reading it. */
  source(): ResourceSource<T> | undefined;
}

/** The stream of a request, connected once or, by `reload()`, several times. It writes what its events add up to, once for each chunk. */
export class ResourceStream<T> {
  private readonly steps: Observable<ResourceStep>;
  private readonly scheduler;
  private collecting = false;
  private hasBeenOpen = false;
  /** What has come, and is not written yet. */
  private events: ResourceEvent[] = [];
  private unwritten: Pick<ResourceState<T>, 'value' | 'lastEventId'> | undefined;
  /** Ends what is connected. */
  private failure = new Subject<never>();

  /**
   * @param options of the request, with the defaults
   * @param open makes the stream, decoded, with its own `deliver`
   */
  constructor(
    private readonly host: ResourceHost<T>,
    { deliver = flush => flush(), scheduler }: SseOptions,
    open: (deliver: NonNullable<SseOptions['deliver']>) => Observable<ResourceStep>,
  ) {
    checkDeliver(deliver);
    this.scheduler = scheduler;
    this.steps = open((flush, heartbeat) => deliver(limit => this.collect(flush, limit), heartbeat));
  }

  connect(from: ResourceSource<T>): Subscription {
    const { host } = this;
    let isReload = from.reloads !== 0;
    /** The connection is the first after `reload()`, and begins from nowhere: that is known, and no gap. */
    let isAnew = false;
    let connection = IDLE_CONNECTION;
    const steps = new Subject<ResourceStep>();
    steps.pipe(connectionState({ scheduler: this.scheduler })).subscribe(state => (connection = state));
    const change = (change: Partial<ResourceState<T>>) => {
      if (host.source() === from) host.state.update(state => ({ ...state, connection, ...change }));
    };
    const follow = (step: ResourceStep) => {
      if (!this.isCurrent()) return;
      steps.next(step);
      if (step.kind === 'event') {
        this.take(step.event);
        return;
      }
      if (step.kind === 'gap' && host.options.reset && !isAnew) {
        this.write();
        change(this.startAgain());
      }
      if (connection === untracked(host.state).connection) return;
      // A `deliver` that has held events back hands them out together with the steps behind them.
      this.write();
      if (step.kind === 'open') {
        isAnew = isReload && this.hasBeenOpen && step.resumedFrom === '';
        change({ status: 'resolved', ...(isAnew && this.startAgain()) });
        this.hasBeenOpen = true;
        isReload = false;
      } else {
        change(step.kind === 'closed' ? { status: 'resolved' } : {});
      }
    };
    this.failure = new Subject();
    return this.steps.pipe(tap(follow), takeUntil(this.failure)).subscribe({
      error: (error: unknown) => {
        steps.error(error);
        change({ status: 'error', error: toError(error) });
      },
    });
  }

  /** What to go on with if something may be missing, or come twice. */
  private startAgain(): Partial<ResourceState<T>> {
    const { options, state } = this.host;
    return options.reset
      ? { value: options.reset(untracked(state).value) }
      : { value: options.initial, lastEventId: '' };
  }

  private isCurrent(): boolean {
    return this.host.source()?.stream === this;
  }

  /** Hands out events, and writes what they have made of the value. */
  private collect(flush: Flush, limit: number | undefined): number {
    this.collecting = true;
    const left = flush(limit);
    this.collecting = false;
    try {
      this.write();
    } catch (error) {
      this.failure.error(error);
    }
    return left;
  }

  private take(event: ResourceEvent): void {
    const { options, state } = this.host;
    const { reduce } = options;
    const { value } = this.unwritten ?? untracked(state);
    this.unwritten = { value: reduce ? reduce(value, event as never) : value, lastEventId: event.lastEventId };
    if (options.reduceMany) this.events.push(event);
    if (!this.collecting) this.write();
  }

  private write(): void {
    const { unwritten, events, host } = this;
    if (!unwritten) return;
    const { reduceMany } = host.options;
    this.unwritten = undefined;
    this.events = [];
    const value = reduceMany ? reduceMany(unwritten.value, events as never[]) : unwritten.value;
    if (this.isCurrent()) host.state.update(state => ({ ...state, ...unwritten, value }));
  }
}

/** Angular too takes for an error what looks like one, as `HttpErrorResponse` does. */
export function toError(error: unknown): Error {
  const { name, message } = Object(error) as Partial<Error>;
  if (typeof name === 'string' && typeof message === 'string') return error as Error;
  return new Error('Expected an Error to be thrown, but it was something else, which is the `cause`', { cause: error });
}
