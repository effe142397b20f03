/** What a server may send: things of its log, which it sends again to who asks for them, and things of the moment. */
export type Sent = 'event' | 'bare' | 'move' | 'clear' | 'gap' | 'last' | 'comment' | 'retry 1500' | 'retry 6000';

/** What of the log a client must get once and no more than once. */
export const ONCE: readonly Sent[] = ['event', 'move', 'gap', 'last'];

/** Something that is sent. */
export interface Entry {
  readonly what: Sent;
  /** Its number in the log, from 1 on; 0 for what is of the moment. */
  readonly n: number;
}

/** What is of the moment, and not of the log. */
const isPassing = (what: Sent) => what === 'comment' || what.startsWith('retry');

/** The log of a server: numbered entries, which it sends from wherever it is asked to. */
export class NumberedLog {
  private readonly entries: Sent[] = [];

  /** `keepsPosition`: the ids are in the data, and no block has an `id:`. */
  constructor(
    private readonly keepsPosition: boolean,
    /** The last number that was sent before all that is tested. */
    private readonly start: number,
  ) {}

  /** The number of the newest entry. */
  get newest(): number {
    return this.start + this.entries.length;
  }

  /** After which number a request goes on: without a position after all that there is. */
  after(lastEventId: string): number {
    return lastEventId === '' ? this.newest : Number(lastEventId);
  }

  /** What is sent after `after` if `wanted` is to be: what there is comes first, and as it is. */
  send(after: number, wanted: readonly Sent[]): Entry[] {
    return wanted.map(what => {
      if (isPassing(what)) return { what, n: 0 };
      const n = ++after;
      const index = n - this.start - 1;
      this.entries[index] ??= this.keepsPosition && what === 'move' ? 'event' : what;
      return { what: this.entries[index], n };
    });
  }

  /** As one chunk of an event stream. */
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
