import { byId } from './by-id.js';

/** Counts by the messages' numbers what came, what was left out, and what came twice. */
export class Tally {
  private lastId: number | undefined;
  private readonly counts = { received: 0, lost: 0, doubled: 0, healed: 0 };

  message(id: number): void {
    this.add('received', 1);
    const expected = (this.lastId ?? id - 1) + 1;
    if (id < expected) this.add('doubled', 1);
    else {
      this.add('lost', id - expected);
      this.lastId = id;
    }
  }

  healed(): void {
    this.add('healed', 1);
  }

  private add(name: keyof typeof this.counts, count: number): void {
    const total = (this.counts[name] += count);
    const field = byId(name, HTMLElement);
    field.textContent = String(total);
    field.classList.toggle('bad', total > 0 && (name === 'lost' || name === 'doubled'));
  }
}
