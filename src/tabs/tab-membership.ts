import { defer, type Observable, type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { monotonic } from '../clock.js';
import type { EventSourceLifecycle, Flush } from '../index.js';
import { channelName, lockName, queryLocks } from './group-locks.js';
import type { Message, Place, TabLifecycle } from './message.js';
import type { TabActions } from './tab-actions.js';
import { TabDelivery } from './tab-delivery.js';
import type { KeptEvents } from './tab-log.js';
import { TabMachine } from './tab-machine.js';
import type { TabChannel, TabLocks, TabPlatform } from './tab-platform.js';

/**
 * How long a leader keeps its lock after its stream has ended for all, in milliseconds. By then, the other tabs know
 * about the end and don't want the lock any more.
 */
const LINGER = 100;

/** The settings of a membership. */
export interface TabSettings extends KeptEvents {
  readonly key: string;
  readonly scheduler: SchedulerLike;
  readonly platform: TabPlatform;
  readonly deliver: (flush: Flush, heartbeat: boolean) => unknown;
  readonly source: (lastEventId: string) => Observable<EventSourceLifecycle>;
}

/** One subscription. Carries out what `TabMachine` decides, with locks, a channel, timers and its own stream. */
export class TabMembership implements TabActions {
  private machine: TabMachine | undefined;
  private channel: TabChannel | undefined;
  private stream = Subscription.EMPTY;
  private timer = Subscription.EMPTY;
  private timerAt = Infinity;
  private willFlush = false;
  private letGo: () => void = () => undefined;
  private readonly delivery: TabDelivery;
  private readonly clock: () => number;

  constructor(
    private readonly subscriber: Subscriber<TabLifecycle>,
    private readonly settings: TabSettings,
    /** The position when it left. */
    private leftAt: Place,
  ) {
    this.clock = monotonic(settings.scheduler);
    this.delivery = new TabDelivery(subscriber, settings.deliver, leftAt);
    const { page } = settings.platform;
    // Browsers don't cache a page that holds a lock or has an open channel, and a frozen page would keep its lock.
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

  /** The position of the last delivered item, after it has left. */
  get place(): Place {
    return this.delivery.isDone ? this.leftAt : this.delivery.place;
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
    const { settings, clock } = this;
    const id = Math.random().toString(36).slice(2);
    const generation = Math.max(1, ...generations);
    this.machine = new TabMachine(id, this, clock, settings, generation, this.leftAt, generations.length > 0);
    this.run(machine => {
      machine.start();
      if (settings.platform.page?.isHidden) machine.setVisible(false);
    });
  }

  /** Releases everything. It can join again. */
  private leave(): void {
    this.machine?.flush();
    if (this.machine) this.leftAt = this.machine.log.at;
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
    this.connect(this.leftAt.lastEventId);
  }

  private run(work: (machine: TabMachine) => void): void {
    const { machine } = this;
    if (!machine) return;
    this.delivery.together(() => work(machine));
    this.followUp();
  }

  /** Schedules what the machine needs next. */
  private followUp(): void {
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
    if (dueAt >= this.timerAt) return;
    this.timer.unsubscribe();
    this.timerAt = dueAt;
    const tick = () => {
      this.timerAt = Infinity;
      this.run(machine => machine.tick());
    };
    this.timer = scheduler.schedule(tick, Math.max(0, dueAt - this.clock()));
  }

  /** Returns the generations whose lock is held or requested. */
  private async query(locks: TabLocks): Promise<Record<'held' | 'pending', number[]>> {
    const { held, pending } = await queryLocks(locks);
    const ofGroup = (all: typeof held) =>
      all.flatMap(({ key, generation }) => (key === this.settings.key ? [generation] : []));
    return { held: ofGroup(held), pending: ofGroup(pending) };
  }

  // The actions of the machine

  post(message: Message): void {
    try {
      this.channel?.postMessage(message);
    } catch (error) {
      // A step that can't be posted can't be shared.
      this.over({ reason: error });
    }
  }

  deliver(step: TabLifecycle): void {
    this.delivery.add({ step, place: this.machine?.log.at ?? this.leftAt });
  }

  lock(generation: number | undefined): void {
    const { locks } = this.settings.platform;
    this.letGo();
    if (generation === undefined || !locks) return;
    const name = lockName(this.settings.key, generation);
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
          // This runs within the `deliver` of the stream.
          if (machine) {
            machine.step(step);
            this.followUp();
            return;
          }
          if (step.kind === 'event') this.leftAt = { ...this.leftAt, lastEventId: step.event.lastEventId };
          this.deliver(step);
        },
        error: (reason: unknown) => this.stream === stream && this.over({ reason }),
        complete: () => {
          if (this.stream !== stream) return;
          // If the stream was cut off, for example because a component was destroyed, it ends only in this tab.
          if (isClosed) this.over();
          else this.end();
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
    void this.query(locks).then(({ pending }) => {
      // Since it asked, the tab may have left, and joined again.
      if (machine === this.machine) this.run(() => machine?.others(pending.length > 0));
    });
  }

  end(error?: { readonly reason: unknown }): void {
    const end = (subscriber: Subscriber<TabLifecycle>) => {
      if (error) subscriber.error(error.reason);
      else subscriber.complete();
    };
    this.delivery.add({ end, place: this.machine?.log.at ?? this.leftAt });
  }

  /** Its own stream has ended. */
  private over(error?: { readonly reason: unknown }): void {
    const { letGo } = this;
    this.letGo = () => void this.settings.scheduler.schedule(letGo, LINGER);
    this.machine?.ended(error);
    this.end(error);
  }
}
