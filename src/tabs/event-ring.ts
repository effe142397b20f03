import type { ServerSentEvent } from '../index.js';

/** How many characters of events are kept at the most. */
const MAX_CHARACTERS = 4_000_000;

/** The newest events of a log, numbered from 1 on without a hole: as many as `size`. */
export class EventRing {
  private events: ServerSentEvent[] = [];
  private characters = 0;
  /** The number of the last one. */
  private last = 0;
  /** The id that was in force before the first. */
  private before = '';

  constructor(private readonly size: number) {}

  /** How many events came before the first that is here. */
  get first(): number {
    return this.last - this.events.length;
  }

  push(event: ServerSentEvent, number: number): void {
    this.last = number;
    this.characters += event.data.length;
    this.events.push(event);
    // In lumps: to drop each one by itself would move all others each time.
    if (this.events.length < 2 * this.size && this.characters <= MAX_CHARACTERS) return;
    const kept = this.events.slice(-this.size);
    const dropped = this.events.length - kept.length;
    this.before = this.events[dropped - 1]?.lastEventId ?? this.before;
    this.characters = kept.reduce((sum, { data }) => sum + data.length, 0);
    for (let first; this.characters > MAX_CHARACTERS / 2 && (first = kept.shift()); this.before = first.lastEventId) {
      this.characters -= first.data.length;
    }
    this.events = kept;
  }

  /** Forgets all: the next event comes behind the one of that number and that id. */
  clear(number: number, lastEventId: string): void {
    this.before = lastEventId;
    this.events = [];
    this.characters = 0;
    this.last = number;
  }

  /** The events behind the one of that number; `undefined` if not all of them are here. */
  behind(number: number): readonly ServerSentEvent[] | undefined {
    return number < this.first ? undefined : this.events.slice(number - this.first);
  }

  /** The id that was in force behind the event of that number, or before the first. */
  idBehind(number: number): string {
    return this.events[number - this.first - 1]?.lastEventId ?? this.before;
  }

  /**
   * The number of the first event with that id; `undefined` if there is none. Those behind it that have no id of their own come again, as from a
   * server.
   */
  numberOf(lastEventId: string): number | undefined {
    const index = this.events.findIndex(event => event.lastEventId === lastEventId);
    return index >= 0 ? this.first + index + 1 : lastEventId === this.before ? this.first : undefined;
  }
}
