import type { EventSourceLifecycle } from '../../src/index.js';
import type { Message, Place, TabLifecycle } from '../../src/tabs/message.js';
import { TabMachine } from '../../src/tabs/tab-machine.js';
import { Random } from '../support/random.js';

/** The faults of a channel. */
export interface Weather {
  /** The share of messages that are lost. */
  readonly loss: number;
  /** The longest delay of a message, in milliseconds. Messages with different delays overtake each other. */
  readonly delay: number;
}

const NOWHERE: Place = { log: '', count: 0, lastEventId: '' };

/** Tabs with their locks and their channel, and a server with numbered events, all in virtual time. */
export class TabsWorld {
  now = 0;
  weather: Weather;
  readonly tabs: SimulatedTab[] = [];
  /** The number of events that the server has published, from 1 on. */
  published = 0;
  /** The oldest event that the server still has. */
  oldest = 1;
  /** The number of messages that were posted. */
  posts = 0;
  private runs = 0;
  private queue: { readonly time: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;
  private readonly holders = new Map<number, SimulatedTab>();
  private readonly waiting: { readonly generation: number; readonly tab: SimulatedTab }[] = [];

  readonly random: Random;
  /** The number of events that are replayed to a tab that joins later. */
  readonly replay: number;

  constructor(
    private readonly seed: number,
    weather: Weather,
  ) {
    this.random = new Random(seed);
    this.weather = weather;
    this.replay = this.random.between(0, 3);
  }

  open(place: Place = NOWHERE): SimulatedTab {
    const generations = [...this.holders.keys(), ...this.waiting.map(({ generation }) => generation)];
    const tab = new SimulatedTab(this, `t${this.tabs.length}`, generations, place);
    this.tabs.push(tab);
    tab.do(() => tab.machine.start());
    return tab;
  }

  get alive(): SimulatedTab[] {
    return this.tabs.filter(tab => !tab.isGone);
  }

  /** The tabs whose connection is open or connecting. */
  get connected(): SimulatedTab[] {
    return this.alive.filter(tab => tab.connection !== undefined && !tab.isPaused);
  }

  after(delay: number, run: () => void): void {
    this.queue.push({ time: this.now + delay, order: this.order++, run });
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.queue.reduce<(typeof this.queue)[number] | undefined>(
        (first, each) =>
          first && (first.time < each.time || (first.time === each.time && first.order < each.order)) ? first : each,
        undefined,
      );
      if (!next || next.time > end) break;
      this.queue.splice(this.queue.indexOf(next), 1);
      this.now = next.time;
      if (++this.runs > 100_000)
        throw new Error(`Expected it to come to rest, but it runs on at ${this.now} (SEED=${this.seed})`);
      next.run();
    }
    this.now = end;
  }

  post(from: SimulatedTab, message: Message): void {
    this.posts++;
    const copy = structuredClone(message);
    for (const tab of this.alive) {
      if (tab === from || this.random.chance(this.weather.loss)) continue;
      this.after(this.random.between(0, this.weather.delay), () => tab.do(() => tab.machine.receive(copy)));
    }
  }

  publish(count: number): void {
    this.published += count;
    for (const tab of this.tabs) tab.connection?.send();
  }

  request(tab: SimulatedTab, generation: number): void {
    this.waiting.push({ generation, tab });
    this.grant(generation);
  }

  /** Releases the locks of a tab, and cancels its requests for locks. */
  release(tab: SimulatedTab): void {
    for (let index = this.waiting.length; index-- > 0;)
      if (this.waiting[index]?.tab === tab) this.waiting.splice(index, 1);
    for (const [generation, holder] of this.holders) {
      if (holder !== tab) continue;
      this.holders.delete(generation);
      this.grant(generation);
    }
  }

  hasOthers(tab: SimulatedTab): boolean {
    const [held] = [...this.holders].find(([, holder]) => holder === tab) ?? [];
    return this.waiting.some(({ generation, tab: other }) => generation === held && other !== tab);
  }

  private grant(generation: number): void {
    if (this.holders.has(generation)) return;
    const index = this.waiting.findIndex(each => each.generation === generation);
    const [next] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (!next) return;
    const { tab } = next;
    this.holders.set(generation, tab);
    this.after(this.random.between(0, 5), () =>
      tab.do(() => {
        if (this.holders.get(generation) === tab) tab.machine.granted(this.waiting.length > 0);
      }),
    );
  }
}

/** The tab's own stream. */
class Connection {
  isOpen = false;
  private next: number;

  constructor(
    private readonly tab: SimulatedTab,
    private readonly lastEventId: string,
  ) {
    this.next = Number(lastEventId) + 1;
  }

  /** The id that it would resume after. */
  get position(): string {
    return this.next === Number(this.lastEventId) + 1 ? this.lastEventId : `${this.next - 1}`;
  }

  start(): void {
    const { tab, lastEventId } = this;
    if (tab.isPaused) {
      this.step({ kind: 'paused' });
      return;
    }
    this.step({ kind: 'connecting', attempt: 0, lastEventId });
    tab.world.after(tab.world.random.between(1, 50), () => this.open());
  }

  private get isCurrent(): boolean {
    return this.tab.connection === this && !this.tab.isGone;
  }

  /** Sends every event that it hasn't sent yet. */
  send(): void {
    if (!this.isOpen || !this.isCurrent || this.tab.isPaused) return;
    const { published } = this.tab.world;
    const [from, to] = [this.next, published];
    this.next = published + 1;
    this.tab.do(() => {
      if (!this.isCurrent) return;
      for (let id = from; id <= to; id++) {
        this.tab.machine.step({ kind: 'event', event: { type: 'message', data: `${id}`, lastEventId: `${id}` } });
      }
    });
  }

  private open(): void {
    if (!this.isCurrent) return;
    this.isOpen = true;
    const { lastEventId: resumedFrom } = this;
    this.step({ kind: 'open', url: '/', status: 200, headers: new Headers(), resumedFrom, downtime: 0 });
    const { oldest } = this.tab.world;
    if (this.next < oldest) {
      this.step({ kind: 'gap', requested: resumedFrom, resumed: `${oldest - 1}` });
      this.next = oldest;
    }
    this.send();
  }

  private step(step: EventSourceLifecycle): void {
    this.tab.do(() => {
      if (this.isCurrent) this.tab.machine.step(step);
    });
  }
}

export class SimulatedTab {
  readonly machine: TabMachine;
  readonly steps: TabLifecycle[] = [];
  connection: Connection | undefined;
  /** Closed, or crashed. */
  isGone = false;
  /** Whether the tab's own stream is paused, or would be if it had one. */
  isPaused = false;
  private isFrozen = false;
  /** The work to do when the tab is no longer frozen. */
  private pending: (() => void)[] = [];
  private timerAt = Infinity;

  constructor(
    readonly world: TabsWorld,
    readonly id: string,
    generations: readonly number[],
    place: Place,
  ) {
    this.machine = new TabMachine(
      id,
      {
        post: message => world.post(this, message),
        deliver: step => this.steps.push(step),
        lock: wanted => {
          world.release(this);
          if (wanted !== undefined) world.request(this, wanted);
        },
        connect: lastEventId => this.connect(lastEventId),
        disconnect: () => (this.connection = undefined),
        lookForOthers: () =>
          world.after(world.random.between(0, 5), () => this.do(() => this.machine.others(world.hasOthers(this)))),
        end: () => this.close(),
      },
      () => world.now,
      { bufferSize: 100, replay: world.replay },
      Math.max(1, ...generations),
      place,
      generations.length > 0,
    );
  }

  /** Runs something in the tab: at once, or when the tab is no longer frozen. */
  do(run: () => void): void {
    if (this.isGone) return;
    if (this.isFrozen) return void this.pending.push(run);
    run();
    this.world.after(0, () => {
      if (!this.isGone && !this.isFrozen) this.machine.flush();
    });
    this.setTimer();
  }

  private setTimer(): void {
    const { dueAt } = this.machine;
    if (this.isGone || dueAt >= this.timerAt) return;
    this.timerAt = dueAt;
    this.world.after(Math.max(0, dueAt - this.world.now), () => {
      if (this.timerAt !== dueAt) return;
      this.timerAt = Infinity;
      this.do(() => this.machine.tick());
      if (!this.isFrozen) this.setTimer();
    });
  }

  /** Ends the tab as when it is left, or when its subscriber unsubscribes: it still posts its pending messages. */
  close(): Place {
    this.machine.flush();
    this.crash();
    return this.machine.log.at;
  }

  crash(): void {
    this.isGone = true;
    this.connection = undefined;
    this.world.release(this);
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    for (const run of this.pending.splice(0)) this.do(run);
    this.timerAt = Infinity;
    this.setTimer();
    this.connection?.send();
  }

  pause(isPaused: boolean): void {
    if (this.isPaused === isPaused || this.isFrozen) return;
    this.isPaused = isPaused;
    if (!this.connection) return;
    if (isPaused) this.do(() => this.machine.step({ kind: 'paused' }));
    else this.connect(this.connection.position);
  }

  private connect(lastEventId: string): void {
    this.connection = new Connection(this, lastEventId);
    this.connection.start();
  }

  get role(): string | undefined {
    return this.steps.flatMap(step => (step.kind === 'role' ? [step.role] : [])).at(-1);
  }

  /** The numbers of the delivered events, and `gap` if events may be missing. */
  get seen(): (number | 'gap')[] {
    const seen: (number | 'gap')[] = [];
    for (const step of this.steps) {
      if (step.kind === 'event') seen.push(Number(step.event.data));
      if (step.kind === 'gap') seen.push('gap');
    }
    return seen;
  }
}
