import { checkDeliver, NO_ERROR } from '#angular-checks';
import { type NgZone, type ResourceStatus, untracked, type WritableSignal } from '@angular/core';
import { type Observable, Subject, type Subscription, takeUntil, tap } from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  type EventSourceLifecycle,
  type Flush,
  type GapLifecycle,
  IDLE_CONNECTION,
  type ServerSentEvent,
  type SnapshotLifecycle,
} from '../index.js';
import type { SseOptions } from './provide-sse.js';

export type ResourceEvent = ServerSentEvent<unknown>;
export type ResourceStep = EventSourceLifecycle<ResourceEvent> | SnapshotLifecycle;

/** What the signals are of: the stream of a request, or why there is none. */
export interface ResourceSource<T> {
  readonly stream?: ResourceStream<T>;
  readonly error?: Error;
  /** Whether the request waits for another resource. */
  readonly isPending?: boolean | undefined;
  /** What the server has rendered. */
  readonly rendered?: Rendered<T> | undefined;
  /** How often it was reloaded. */
  readonly reloads: number;
}

/** What the events up to a position have made. */
export interface Rendered<T> {
  readonly value: T;
  readonly lastEventId: string;
}

/** What takes a value and its position from the server into the page. */
export interface ResourceTransfer<T> {
  /**
   * What was rendered, with the option `lastEventId` that goes on behind it: for the first stream in the page that asks.
   *
   * @param options of the stream, with the defaults
   * @param host what is handed over, on the server
   */
  take(
    options: SseOptions,
    host: ResourceHost<T>,
  ): (Rendered<T> & { readonly origin: SseOptions['lastEventId'] }) | undefined;
}

/** All that the signals say. */
export interface ResourceState<T> extends Rendered<T> {
  readonly status: ResourceStatus;
  readonly error: Error | undefined;
  readonly connection: ConnectionState;
}

/** The options that a stream asks. */
interface Reducers<T> {
  readonly initial: T;
  readonly reduce?: ((value: T, event: never) => T) | undefined;
  readonly reduceMany?: ((value: T, events: never[]) => T) | undefined;
  readonly reset?: ((value: T, gap: GapLifecycle | undefined) => T) | undefined;
  readonly snapshot?: unknown;
}

/** What a stream belongs to. */
export interface ResourceHost<T> {
  readonly options: Reducers<T>;
  readonly state: WritableSignal<ResourceState<T>>;
  /** Gets each event when it is in the value. */
  readonly events: Subject<ResourceEvent>;
  readonly zone: Pick<NgZone, 'run'>;
  /** What the signals are of now; `undefined` once it is destroyed. Nothing depends on reading it. */
  source(): ResourceSource<T> | undefined;
}

/** The stream of a request, connected once or, by `reload()`, several times. It writes what its events add up to, once for each chunk. */
export class ResourceStream<T> {
  private readonly steps: Observable<ResourceStep>;
  private readonly scheduler;
  private readonly isOutside;
  private collecting = false;
  /** What has come, and is not written yet. */
  private events: ResourceEvent[] = [];
  private unwritten: Rendered<T> | undefined;
  /** Ends what is connected. */
  private failure = new Subject<never>();

  /**
   * @param options of the request, with the defaults
   * @param open makes the stream, decoded, with its own `deliver`
   * @param hasBeenOpen whether the value holds what came of it before, as where the server has rendered it
   */
  constructor(
    private readonly host: ResourceHost<T>,
    { deliver = flush => flush(), scheduler, zone }: SseOptions,
    open: (deliver: NonNullable<SseOptions['deliver']>) => Observable<ResourceStep>,
    private hasBeenOpen: boolean,
  ) {
    checkDeliver(deliver);
    this.scheduler = scheduler;
    this.isOutside = zone === 'outside';
    this.steps = open((flush, heartbeat) => deliver(limit => this.collect(flush, limit), heartbeat));
  }

  connect(from: ResourceSource<T>): Subscription {
    const { host } = this;
    let isFirst = true;
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
        change(this.startAgain(step));
      }
      if (step.kind === 'snapshot') {
        this.write();
        change({ status: 'resolved', value: step.snapshot as T });
      }
      if (connection === untracked(host.state).connection) return;
      // A `deliver` that has held events back hands them out together with the steps behind them.
      this.write();
      if (step.kind === 'open') {
        isAnew = isFirst && this.hasBeenOpen && step.resumedFrom === '';
        change({ ...(!host.options.snapshot && { status: 'resolved' }), ...(isAnew && this.startAgain()) });
        this.hasBeenOpen = true;
        isFirst = false;
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
  private startAgain(gap?: GapLifecycle): Partial<ResourceState<T>> {
    const { options, state } = this.host;
    if (options.reset) return { value: options.reset(untracked(state).value, gap) };
    return { lastEventId: '', ...(!options.snapshot && { value: options.initial }) };
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
    this.events.push(event);
    if (!this.collecting) this.write();
  }

  /** Writes what has come. */
  write(): void {
    const { unwritten, events, host } = this;
    if (!unwritten) return;
    const { reduceMany } = host.options;
    this.unwritten = undefined;
    this.events = [];
    const value = reduceMany ? reduceMany(unwritten.value, events as never[]) : unwritten.value;
    if (!this.isCurrent()) return;
    host.state.update(state => ({ ...state, ...unwritten, value }));
    if (!host.events.observed) return;
    const emit = () => {
      for (const event of events) if (this.isCurrent()) host.events.next(event);
    };
    // What waited for a snapshot comes with its answer, wherever that does.
    if (this.isOutside) emit();
    else host.zone.run(emit);
  }
}

/** Angular too takes for an error what looks like one, as `HttpErrorResponse` does. */
export function toError(error: unknown): Error {
  const { name, message } = Object(error) as Partial<Error>;
  if (typeof name === 'string' && typeof message === 'string') return error as Error;
  return new Error(NO_ERROR, { cause: error });
}
