import { defer, type Observable, type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { monotonic } from '../clock.js';
import type { EventSourceLifecycle } from '../index.js';
import type { Message, Place, TabLifecycle } from './message.js';
import type { TabActions } from './tab-actions.js';
import { TabMachine } from './tab-machine.js';
import type { TabChannel, TabLocks, TabPlatform } from './tab-platform.js';

/** What tabs understand of each other: another version is another group. */
const PROTOCOL = 'rx-sse/tabs/1';
/** When its stream has ended for all, a leader keeps its lock for so long, in milliseconds: by then the others have heard of it, and want it no longer. */
const LINGER = 100;

/** What a membership needs. */
export interface TabSettings {
  readonly key: string;
  readonly bufferSize: number;
  readonly scheduler: SchedulerLike;
  readonly platform: TabPlatform;
  readonly source: (lastEventId: string) => Observable<EventSourceLifecycle>;
}

/** The name of the channel of a group. */
export const channelName = (key: string): string => `${PROTOCOL}/${key}`;

/** One subscription: does what `TabMachine` says, by locks, a channel, timers and its own stream. */
export class TabMembership implements TabActions {
  private machine: TabMachine | undefined;
  private channel: TabChannel | undefined;
  private stream = Subscription.EMPTY;
  private timer = Subscription.EMPTY;
  private timerAt = Infinity;
  private willFlush = false;
  private letGo: () => void = () => undefined;
  private readonly clock: () => number;

  constructor(
    private readonly subscriber: Subscriber<TabLifecycle>,
    private readonly settings: TabSettings,
    /** Where it stands, or stood when it left. */
    public place: Place,
  ) {
    this.clock = monotonic(settings.scheduler);
    const { page } = settings.platform;
    // A page that has a lock, or an open channel, isn't kept for coming back to; one that is frozen would keep its lock.
    const listeners: [string, () => void][] = [
      ['pagehide', () => this.leave()],
      ['freeze', () => this.leave()],
      ['pageshow', () => this.join()],
      ['resume', () => this.join()],
      ['visibilitychange', () => this.run(machine => machine.setVisible(!page?.isHidden))],
    ];
    for (const [type, listener] of page ? listeners : []) {
      page?.addEventListener(type, listener);
      subscriber.add(() => page?.removeEventListener(type, listener));
    }
    subscriber.add(() => this.leave());
    this.join();
  }

  private join(): void {
    const { locks, BroadcastChannel: Channel } = this.settings.platform;
    if (this.channel || this.stream !== Subscription.EMPTY || this.subscriber.closed) return;
    if (!locks || !Channel) {
      this.goSolo();
      return;
    }
    const channel = new Channel(channelName(this.settings.key));
    this.channel = channel;
    channel.onmessage = ({ data }) => this.run(machine => machine.receive(data as Message));
    this.query(locks).then(
      ({ held, pending }) => this.channel === channel && this.enter([...held, ...pending]),
      () => this.channel === channel && this.goSolo(),
    );
  }

  private enter(generations: readonly number[]): void {
    const { settings, clock, place } = this;
    const id = Math.random().toString(36).slice(2);
    const generation = Math.max(1, ...generations);
    this.machine = new TabMachine(id, this, clock, settings.bufferSize, generation, place, generations.length > 0);
    this.run(machine => {
      machine.start();
      if (settings.platform.page?.isHidden) machine.setVisible(false);
    });
  }

  /** Lets go of everything; it may join again. */
  private leave(): void {
    this.machine?.flush();
    if (this.machine) this.place = this.machine.log.at;
    this.machine = undefined;
    this.letGo();
    this.channel?.close();
    this.channel = undefined;
    this.timer.unsubscribe();
    this.timerAt = Infinity;
    this.disconnect();
  }

  /** The browser can't share. */
  private goSolo(): void {
    this.leave();
    this.deliver({ kind: 'role', role: 'solo' });
    this.connect(this.place.lastEventId);
  }

  private run(work: (machine: TabMachine) => void): void {
    const { machine } = this;
    if (!machine) return;
    work(machine);
    if (!this.willFlush) {
      this.willFlush = true;
      queueMicrotask(() => {
        this.willFlush = false;
        this.machine?.flush();
      });
    }
    this.setTimer();
  }

  private setTimer(): void {
    const { scheduler } = this.settings;
    const dueAt = this.machine?.dueAt ?? Infinity;
    if (dueAt >= this.timerAt || dueAt === Infinity) return;
    this.timer.unsubscribe();
    this.timerAt = dueAt;
    const tick = () => {
      this.timerAt = Infinity;
      this.run(machine => machine.tick());
    };
    this.timer = scheduler.schedule(tick, Math.max(0, dueAt - this.clock()));
  }

  private lockName = (generation: number | string) => `${channelName(this.settings.key)}/${generation}`;

  /** The generations of which somebody has, or wants, the lock. */
  private async query(locks: TabLocks): Promise<Record<'held' | 'pending', number[]>> {
    const { held = [], pending = [] } = await locks.query();
    const prefix = this.lockName('');
    const generationsOf = (all: readonly { name?: string }[]) =>
      all
        .map(({ name = '' }) => (name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN))
        // One key may begin as another does.
        .filter(generation => generation > 0);
    return { held: generationsOf(held), pending: generationsOf(pending) };
  }

  // What the machine says

  post(message: Message): void {
    try {
      this.channel?.postMessage(message);
    } catch (error) {
      // What can't be posted can't be shared.
      this.over({ reason: error });
    }
  }

  deliver(step: TabLifecycle): void {
    this.subscriber.next(step);
  }

  lock(generation: number | undefined): void {
    const { locks } = this.settings.platform;
    this.letGo();
    if (generation === undefined || !locks) return;
    const name = this.lockName(generation);
    const controller = new AbortController();
    const { signal } = controller;
    const hold = new Promise<void>(resolve => {
      this.letGo = () => {
        controller.abort();
        resolve();
      };
    });
    const held = async () => {
      const { pending } = await this.query(locks);
      if (!signal.aborted) this.run(machine => machine.granted(pending.length > 0));
      await hold;
    };
    locks.request(name, { signal }, held).catch(() => {
      if (!signal.aborted) this.goSolo();
    });
  }

  connect(lastEventId: string): void {
    this.disconnect();
    const stream = new Subscription();
    this.stream = stream;
    const { machine } = this;
    let isClosed = false;
    stream.add(
      defer(() => this.settings.source(lastEventId)).subscribe({
        next: step => {
          if (this.stream !== stream) return;
          isClosed = step.kind === 'closed';
          if (machine) {
            this.run(() => machine.step(step));
            return;
          }
          if (step.kind === 'event') this.place = { ...this.place, lastEventId: step.event.lastEventId };
          this.deliver(step);
        },
        error: (reason: unknown) => this.stream === stream && this.over({ reason }),
        complete: () => {
          if (this.stream !== stream) return;
          // Who has cut it off, as with a component that is destroyed, ends it for this tab alone.
          if (isClosed) this.over();
          else this.subscriber.complete();
        },
      }),
    );
    if (this.stream !== stream) stream.unsubscribe();
  }

  disconnect(): void {
    const { stream } = this;
    this.stream = Subscription.EMPTY;
    stream.unsubscribe();
  }

  lookForOthers(): void {
    const { locks } = this.settings.platform;
    const { machine } = this;
    if (!locks) return;
    void this.query(locks).then(({ pending }) => this.run(() => machine?.others(pending.length > 0)));
  }

  end(error?: Error): void {
    if (error) this.subscriber.error(error);
    else this.subscriber.complete();
  }

  /** Its own stream has ended. */
  private over(error?: { readonly reason: unknown }): void {
    const { letGo } = this;
    this.letGo = () => void this.settings.scheduler.schedule(letGo, LINGER);
    this.machine?.ended(error);
    if (error) this.subscriber.error(error.reason);
    else this.subscriber.complete();
  }
}
