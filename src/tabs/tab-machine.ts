import type { EventSourceLifecycle } from '../index.js';
import { ANSWER_WITHIN, LeaderWatch } from './leader-watch.js';
import { fromPlainError, type Message, type Place, type TermMessage, type Unsigned } from './message.js';
import type { TabActions } from './tab-actions.js';
import { type KeptEvents, TabLog } from './tab-log.js';
import { TabReader } from './tab-reader.js';
import { TabWriter } from './tab-writer.js';

// All times are in milliseconds.
/** How long a tab that holds the lock but doesn't know the group waits for one that does. */
const WAIT_FOR_GROUP = 500;
/** A leader that is hidden for this long gives way to a visible tab. */
const YIELD_AFTER = 30_000;

/** How many terms fit into a generation. */
const TURNS = 1_000_000;

/**
 * The protocol: decides what a tab does at each message, at each step of its own stream, and at each change of the
 * page. It never waits or connects.
 *
 * - The tab that holds the lock leads. It has the only connection and posts everything from it. The other tabs follow.
 *   When the holder closes, crashes or releases the lock, the next tab gets it.
 * - Each leadership is a term, and the greatest term wins. A leader that doesn't answer is frozen and still holds its
 *   lock. The group then moves to the lock of the next generation, whose terms are greater. When the old leader
 *   receives any message, it notices this and follows.
 * - Messages are numbered within a term. A tab that misses one asks the leader for everything since. Events are counted
 *   in a log (`TabLog`), which continues from term to term. A new leader resumes after the last event that it knows,
 *   and tabs that know more skip those events.
 */
export class TabMachine {
  readonly log: TabLog;
  private leads = false;
  /** The leader of the term, if it's known. */
  private leader = '';
  private holds = false;
  /** Whether its own stream is paused and others may lead. It stays subscribed to notice the end of the pause. */
  private watches = false;
  /** Whether it leads and its own stream is paused. */
  private isPaused = false;
  /** Whether it knows the current or a former position of the group. */
  private isPlaced: boolean;
  private role: string | undefined;
  private readonly reader: TabReader;
  private readonly writer: TabWriter;
  private readonly watch: LeaderWatch;
  private hiddenAt: number | undefined;

  /** @param place the position when it left the group, or the id that it wants to start after */
  constructor(
    private readonly id: string,
    private readonly actions: TabActions,
    private readonly clock: () => number,
    kept: KeptEvents,
    private generation: number,
    place: Place,
    /** Whether there were other tabs before. */
    private readonly hasOthers: boolean,
  ) {
    this.log = new TabLog(
      place,
      step => actions.deliver(step),
      () => this.flush(),
      clock,
      kept,
    );
    this.reader = new TabReader(this.log, clock, at => this.post({ kind: 'ask', ...at }));
    this.writer = new TabWriter(this.log, this.reader, message => this.post(message));
    this.isPlaced = place.log !== '';
    this.watch = new LeaderWatch(clock);
  }

  start(): void {
    this.actions.lock(this.generation);
    this.greet();
  }

  /** When to call `tick`. */
  get dueAt(): number {
    if (this.leads) return Infinity;
    return this.holds ? this.watch.askedAt + WAIT_FOR_GROUP : this.watch.dueAt(this.isVisible);
  }

  tick(): void {
    if (this.clock() < this.dueAt) return;
    if (this.holds) this.lead();
    else if (this.watch.look(this.isVisible) === 'ask' || this.watches) this.ping();
    else {
      this.watch.ask();
      this.actions.lock(++this.generation);
    }
  }

  private get isVisible(): boolean {
    return this.hiddenAt === undefined;
  }

  /** It has got the lock. If another tab requests one, that tab may know the position of the group. */
  granted(isWanted: boolean): void {
    this.holds = true;
    if ((this.isPlaced && this.writer.term > 0) || !this.hasOthers || !isWanted) this.lead();
    else this.greet();
  }

  setVisible(isVisible: boolean): void {
    this.hiddenAt = isVisible ? undefined : (this.hiddenAt ?? this.clock());
    if (isVisible && !this.leads) this.ping();
  }

  /** Whether others request the lock while its own stream is paused. */
  others(haveAsked: boolean): void {
    if (!this.isPaused) return;
    if (haveAsked) this.resign();
    else this.log.take({ kind: 'paused' }, '');
  }

  /** A step of its own stream. */
  step(step: EventSourceLifecycle): void {
    const isPause = step.kind === 'paused';
    if (!this.watches) {
      this.isPaused = isPause;
      if (isPause) this.actions.lookForOthers();
      else this.log.take(step, `${this.id} ${this.writer.term} ${this.log.at.count} ${this.reader.seq}`);
    } else if (!isPause) {
      // It can lead again.
      this.watches = false;
      this.actions.disconnect();
      this.actions.lock(this.generation);
      this.ping();
    }
  }

  /** Its own stream has ended. If it leads, this is for all tabs. */
  ended(error?: { readonly reason: unknown }): void {
    if (this.leads) this.writer.end(error);
  }

  /** Posts all new steps. Call it once for everything that arrives together. */
  flush(): void {
    this.writer.flush();
  }

  receive(message: Message): void {
    switch (message.kind) {
      case 'over':
        this.actions.deliver({ kind: 'closed', reason: 'stopped' });
        this.actions.end();
        return;
      case 'hello':
        if (this.leads || (message.isNext && this.isPlaced && !this.holds)) this.answer(message);
        if (this.isPaused) this.resign();
        return;
      case 'ask':
        if (this.leads) this.answer(message);
        return;
      case 'ping':
        if (this.leads) this.pong(message);
        return;
      case 'yield':
        if (message.to !== this.id || message.generation <= this.generation || this.leads || this.watches) return;
        this.generation = message.generation;
        this.actions.lock(this.generation);
        return;
      default:
        if (message.kind !== 'answer' || message.to === this.id) this.receiveTerm(message);
        else if (!this.leads) this.writer.help(message);
    }
  }

  private receiveTerm(message: TermMessage & { readonly from: string }): void {
    const { kind, term, from } = message;
    const isOther = kind !== 'answer' && this.leader !== '' && this.leader !== from;
    if (term < this.writer.term || (term === this.writer.term && isOther)) {
      this.receiveStale(message);
      return;
    }
    if (this.leads || term > this.writer.term) {
      // An answer to this tab in its own term comes from a tab that knows another leader of the term.
      if (this.leads && term === this.writer.term && kind !== 'answer') return;
      if (!this.accept(term)) return;
    }
    if (kind !== 'answer') this.leader = from;
    this.watch.hear();
    if (kind === 'end') {
      this.actions.end(message.error && { reason: fromPlainError(message.error) });
      return;
    }
    if (kind === 'answer') {
      this.isPlaced = true;
      if (!this.holds) this.setRole('follower');
      this.reader.takeAnswer(message);
      if (this.holds) this.lead();
      return;
    }
    this.setRole('follower');
    if (this.isPlaced) this.reader.take(message);
    // The answer was lost, or the leader changed before it arrived.
    else if (kind !== 'steps' || this.clock() - this.watch.askedAt > ANSWER_WITHIN) this.greet();
  }

  /**
   * Handles a message of a leader that doesn't know that another tab leads now, or did so earlier, and late messages of
   * a former leader.
   */
  private receiveStale(message: TermMessage & { readonly from: string }): void {
    if (message.kind === 'steps') this.log.takeLate(message);
    if (message.kind === 'answer' || message.kind === 'end') return;
    if (this.leads) this.writer.stand('beat');
    else if (message.kind !== 'steps' && this.isPlaced) this.answer(message);
  }

  // The leadership

  private lead(): void {
    const term = Math.max(this.writer.term, this.generation * TURNS) + 1;
    this.leads = this.isPlaced = true;
    this.leader = this.id;
    this.log.begin(`${this.id} ${term}`);
    this.writer.announce(term);
    this.setRole('leader');
    this.actions.connect(this.log.at.lastEventId);
  }

  private follow(): void {
    this.flush();
    this.leads = this.holds = this.isPaused = false;
    this.watch.hear();
  }

  /** Its own stream is paused, and others want to lead. */
  private resign(): void {
    this.follow();
    this.watches = true;
    this.setRole('follower');
    this.actions.lock(undefined);
  }

  private setRole(role: 'leader' | 'follower'): void {
    if (this.role === role) return;
    this.role = role;
    this.actions.deliver({ kind: 'role', role });
  }

  /** Handles a greater term of another leader. Returns whether it's valid. */
  private accept(term: number): boolean {
    const generation = Math.floor(term / TURNS);
    if (this.leads) {
      if (generation <= this.generation) {
        // This tab holds the lock, so the term is an old one that it didn't know.
        this.writer.announce(term + 1);
        return false;
      }
      this.follow();
      this.actions.disconnect();
    }
    this.writer.term = term;
    this.leader = '';
    this.reader.reset();
    if (generation > this.generation) {
      this.generation = generation;
      this.holds = false;
      if (!this.watches) this.actions.lock(generation);
    }
    return true;
  }

  private pong({ from: to, isVisible, stands }: Message & { readonly kind: 'ping' }): void {
    this.writer.stand('beat');
    if (!stands) return;
    if (this.isPaused) this.resign();
    else if (isVisible && this.hiddenAt !== undefined && this.clock() - this.hiddenAt >= YIELD_AFTER) {
      this.post({ kind: 'yield', to, generation: this.generation + 1 });
    }
  }

  private answer(message: Place & { readonly from: string }): void {
    this.flush();
    // It leads, but only learns the position of the others now.
    if (this.leads && this.log.goesOnFrom(message)) {
      this.writer.announce(this.writer.term + 1);
      this.actions.connect(message.lastEventId);
    }
    this.writer.answer(message.from, message);
  }

  private greet(): void {
    this.watch.ask();
    this.post({ kind: 'hello', isNext: this.holds, ...this.log.at });
  }

  private ping(): void {
    this.watch.ask();
    this.post({ kind: 'ping', isVisible: this.isVisible, stands: !this.watches });
  }

  private post(message: Unsigned<Message>): void {
    this.actions.post({ ...message, from: this.id });
  }
}
