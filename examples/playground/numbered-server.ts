import { BehaviorSubject, interval, map, merge, Subject, Subscription, tap, timer } from 'rxjs';
import { type FakeConnection, fakeEventSource } from 'rx-sse/testing';

/** An event as the server sent it. */
export interface SentEvent {
  readonly id: number;
  /** When, by `performance.now()`. */
  readonly at: number;
  /** Whether a connection was there that it went out on. */
  readonly isHeard: boolean;
}

/** The trouble of the server, while it lasts. */
export type Trouble = 'refuse' | 'gap' | 'slow' | 'offline';

/** All in milliseconds. */
const EVERY = 800;
const HEARTBEAT = 4000;
const LATENCY = 250;
const SLOW_LATENCY = 2500;
/** How long a trouble lasts that ends by itself. */
const LASTS = { refuse: 5000, gap: 3000, slow: 10_000 } as const;
const HISTORY = 200;

/** A server in the page: it sends numbered events, keeps them for those that come back, and can be broken. */
export class NumberedServer {
  /** Each event, when it is sent. */
  readonly sent = new Subject<SentEvent>();
  /** The trouble that is on. */
  readonly troubles = new BehaviorSubject<ReadonlySet<Trouble>>(new Set());
  private readonly kit = fakeEventSource(connection => this.serve(connection));
  /** The `fetch` for a stream. */
  readonly fetch = this.kit.fetch;
  private readonly connections = new Set<FakeConnection>();
  /** Connections that are open, but silent. */
  private readonly silent = new WeakSet<FakeConnection>();
  private readonly timers = new Subscription();
  private readonly ends = new Map<Trouble, Subscription>();
  private newest = 0;
  private oldest = 1;

  /** Sends events until it is closed. */
  constructor() {
    const events = interval(EVERY).pipe(tap(() => this.send()));
    const heartbeats = interval(HEARTBEAT).pipe(tap(() => this.heard().map(connection => connection.comment())));
    this.timers.add(merge(events, heartbeats).subscribe());
  }

  /** Breaks the connection. */
  cut(): void {
    for (const connection of this.connections) {
      if (connection.state === 'open') connection.break(new TypeError('network error'));
      if (connection.state === 'requested') connection.fail();
    }
    this.connections.clear();
  }

  /** Stays connected, and sends nothing more on that connection. */
  silence(): void {
    for (const connection of this.connections) this.silent.add(connection);
  }

  /** Forgets all but the last event. */
  trim(): void {
    this.oldest = Math.max(this.newest, 1);
  }

  /** Cuts, and is in that trouble for a while. After a gap it has forgotten all but the last event. */
  begin(trouble: keyof typeof LASTS): void {
    this.cut();
    this.change(trouble, true);
    this.ends.get(trouble)?.unsubscribe();
    const over = timer(LASTS[trouble]).pipe(
      map(() => {
        if (trouble === 'gap') this.trim();
        this.change(trouble, false);
      }),
    );
    const end = over.subscribe();
    this.ends.set(trouble, end);
    this.timers.add(end);
  }

  /** Takes the network away, or gives it back. */
  setOffline(isOffline: boolean): void {
    if (isOffline) this.cut();
    this.change('offline', isOffline);
  }

  /** Stops the server. */
  close(): void {
    this.timers.unsubscribe();
    this.cut();
  }

  private has(trouble: Trouble): boolean {
    return this.troubles.value.has(trouble);
  }

  private change(trouble: Trouble, isOn: boolean): void {
    const { value } = this.troubles;
    this.troubles.next(new Set(isOn ? [...value, trouble] : [...value].filter(other => other !== trouble)));
  }

  /** The connections that hear what is sent. */
  private heard(): FakeConnection[] {
    return [...this.connections].filter(connection => connection.state === 'open' && !this.silent.has(connection));
  }

  private send(): void {
    const id = ++this.newest;
    this.oldest = Math.max(this.oldest, id - HISTORY + 1);
    const heard = this.heard();
    for (const connection of heard) connection.send({ id, data: id });
    this.sent.next({ id, at: performance.now(), isHeard: heard.length > 0 });
  }

  private serve(connection: FakeConnection): void {
    this.connections.add(connection);
    const answer = timer(this.has('slow') ? SLOW_LATENCY : LATENCY).pipe(
      map(() => {
        if (connection.state === 'requested') this.answer(connection);
      }),
    );
    if (this.has('offline')) connection.fail();
    else this.timers.add(answer.subscribe());
  }

  private answer(connection: FakeConnection): void {
    if (this.has('gap')) return void connection.fail();
    if (this.has('refuse')) return void connection.refuse(503);
    const asked = connection.lastEventId === '' ? this.newest : Number(connection.lastEventId);
    const isHeld = asked + 1 >= this.oldest;
    const from = isHeld ? asked : this.oldest - 1;
    // Where it goes on from, if that is not where it was asked to.
    connection.open(isHeld ? {} : { headers: { 'last-event-id': String(from) } });
    for (let id = from + 1; id <= this.newest; id++) connection.send({ id, data: id });
  }
}
