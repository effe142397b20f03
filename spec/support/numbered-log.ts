/** The blocks that a server can send: entries of its log, which it sends again on request, and transient ones. */
export type Sent = 'event' | 'bare' | 'move' | 'clear' | 'gap' | 'last' | 'comment' | 'retry 1500' | 'retry 6000';

/** The log entries that a client must receive exactly once. */
export const ONCE: readonly Sent[] = ['event', 'move', 'gap', 'last'];

/** A block that the server sends. */
export interface Entry {
  readonly what: Sent;
  /** Its number in the log, from 1. 0 for a transient block. */
  readonly n: number;
}

/** Whether a block is transient, and not in the log. */
const isPassing = (what: Sent) => what === 'comment' || what.startsWith('retry');

/** The log of a server: numbered entries, sent from any requested position. */
export class NumberedLog {
  private readonly entries: Sent[] = [];

  /** `keepsPosition`: the IDs are in the data, and no block has an `id:`. */
  constructor(
    private readonly keepsPosition: boolean,
    /** The number of the last entry before the test. */
    private readonly start: number,
  ) {}

  /** The number of the newest entry. */
  get newest(): number {
    return this.start + this.entries.length;
  }

  /** Returns the number after which a request resumes. Without a position, that is the newest entry. */
  after(lastEventId: string): number {
    return lastEventId === '' ? this.newest : Number(lastEventId);
  }

  /**
   * Returns the blocks to send after the number `after`. Existing entries are sent again as they are, instead of the
   * wanted ones.
   */
  send(after: number, wanted: readonly Sent[]): Entry[] {
    return wanted.map(what => {
      if (isPassing(what)) return { what, n: 0 };
      const n = ++after;
      const index = n - this.start - 1;
      this.entries[index] ??= this.keepsPosition && what === 'move' ? 'event' : what;
      return { what: this.entries[index], n };
    });
  }

  /** Encodes the entries as one chunk of an event stream. */
  encode(entries: readonly Entry[]): string {
    return entries.map(entry => `${this.block(entry)}\n`).join('');
  }

  private block({ what, n }: Entry): string {
    const id = this.keepsPosition ? '' : `id: ${n}\n`;
    switch (what) {
      case 'comment':
        return ': comment\n';
      case 'retry 1500':
      case 'retry 6000':
        return `${what.replace(' ', ': ')}\n`;
      case 'move':
        return id;
      case 'bare':
        return `event: bare\ndata: ${n}\n`;
      case 'clear':
        return `event: clear\n${this.keepsPosition ? '' : 'id:\n'}data: ${n}\n`;
      case 'event':
        return `${id}data: ${n}\n`;
      default:
        return `event: ${what}\n${id}data: ${n}\n`;
    }
  }
}
