import type { ServerSentEvent } from '../index.js';

/** The largest number of characters in all kept events. */
const MAX_CHARACTERS = 4_000_000;

/** The newest events of a log, numbered from 1 without gaps, at least `size` of them. */
export class EventRing {
  private events: ServerSentEvent[] = [];
  private characters = 0;
  /** The number of the last event. */
  private last = 0;
  /** The id before the first event. */
  private before = '';

  constructor(private readonly size: number) {}

  /** How many events came before the first kept one. */
  get first(): number {
    return this.last - this.events.length;
  }

  push(event: ServerSentEvent, number: number): void {
    this.last = number;
    this.characters += event.data.length;
    this.events.push(event);
    // Drops many at once, because dropping a single one moves all others.
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

  /** Drops all events. The next event follows the one with this number and id. */
  clear(number: number, lastEventId: string): void {
    this.before = lastEventId;
    this.events = [];
    this.characters = 0;
    this.last = number;
  }

  /** Returns the events after the one with this number, or `undefined` if some of them are missing. */
  behind(number: number): readonly ServerSentEvent[] | undefined {
    return number < this.first ? undefined : this.events.slice(number - this.first);
  }

  /** Returns the id at the event with this number, or before the first one. */
  idBehind(number: number): string {
    return this.events[number - this.first - 1]?.lastEventId ?? this.before;
  }

  /**
   * Returns the number of the first event with this id, or `undefined` if there is none. Later events without their own
   * id are sent again, as a server does.
   */
  numberOf(lastEventId: string): number | undefined {
    const index = this.events.findIndex(event => event.lastEventId === lastEventId);
    return index >= 0 ? this.first + index + 1 : lastEventId === this.before ? this.first : undefined;
  }
}
