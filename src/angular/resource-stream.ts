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

/** The source of the signals: the stream of a request, or the reason why there is none. */
export interface ResourceSource<T> {
  readonly stream?: ResourceStream<T>;
  readonly error?: Error;
  /** Whether the request waits for another resource. */
  readonly isPending?: boolean | undefined;
  /** The state that the server has rendered. */
  readonly rendered?: Rendered<T> | undefined;
  /** How often it was reloaded. */
  readonly reloads: number;
}

/** A value, and the position of its last event. */
export interface Rendered<T> {
  readonly value: T;
  readonly lastEventId: string;
}

/** Transfers a value and its position from the server to the browser. */
export interface ResourceTransfer<T> {
  /**
   * Returns the rendered state, for the first stream in the browser that asks, with the option `lastEventId` to
   * continue from it.
   *
   * @param options the options of the stream, with the defaults
   * @param host the resource to transfer, on the server
   */
  take(
    options: SseOptions,
    host: ResourceHost<T>,
  ): (Rendered<T> & { readonly origin: SseOptions['lastEventId'] }) | undefined;
}

/** The state of all signals. */
export interface ResourceState<T> extends Rendered<T> {
  readonly status: ResourceStatus;
  readonly error: Error | undefined;
  readonly connection: ConnectionState;
}

/** The options that a stream uses. */
interface Reducers<T> {
  readonly initial: T;
  readonly reduce?: ((value: T, event: never) => T) | undefined;
  readonly reduceMany?: ((value: T, events: never[]) => T) | undefined;
  readonly reset?: ((value: T, gap: GapLifecycle | undefined) => T) | undefined;
  readonly snapshot?: unknown;
}

/** The resource of a stream. */
export interface ResourceHost<T> {
  readonly options: Reducers<T>;
  readonly state: WritableSignal<ResourceState<T>>;
  /** Emits each event after it's in the value. */
  readonly events: Subject<ResourceEvent>;
  readonly zone: Pick<NgZone, 'run'>;
  /** Returns the current source, or `undefined` after the resource is destroyed. Not reactive. */
  source(): ResourceSource<T> | undefined;
}

/** The stream of a request. Connects once, and again with each `reload()`. Writes the value once per chunk. */
export class ResourceStream<T> {
  private readonly steps: Observable<ResourceStep>;
  private readonly scheduler;
  private readonly isOutside;
  private collecting = false;
  /** Received events that aren't written yet. */
  private events: ResourceEvent[] = [];
  private unwritten: Rendered<T> | undefined;
  /** Ends the connection with an error. */
  private failure = new Subject<never>();

  /**
   * @param options the options of the request, with the defaults
   * @param open creates the decoded stream, with the given `deliver`
   * @param hasBeenOpen whether the value already contains events of this stream, for example from server rendering
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
    /** The first connection after `reload()` starts without a position. This isn't a gap. */
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
      // If `deliver` holds events back, they are delivered together with later steps.
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

  /** Returns the state to continue with if events may be missing or may be sent again. */
  private startAgain(gap?: GapLifecycle): Partial<ResourceState<T>> {
    const { options, state } = this.host;
    if (options.reset) return { value: options.reset(untracked(state).value, gap) };
    return { lastEventId: '', ...(!options.snapshot && { value: options.initial }) };
  }

  private isCurrent(): boolean {
    return this.host.source()?.stream === this;
  }

  /** Delivers events, and writes the new value. */
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

  /** Writes the received events. */
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
    // Events that waited for a snapshot arrive with it, in any zone.
    if (this.isOutside) emit();
    else host.zone.run(emit);
  }
}

/** Accepts anything that looks like an error, as Angular does: `HttpErrorResponse` isn't an `Error`. */
export function toError(error: unknown): Error {
  const { name, message } = Object(error) as Partial<Error>;
  if (typeof name === 'string' && typeof message === 'string') return error as Error;
  return new Error(NO_ERROR, { cause: error });
}
