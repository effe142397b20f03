import type { LifeOptions } from './life-options.js';
import { MOVED, type Step } from './model-delivery.js';
import type { Entry } from './numbered-log.js';

/** The position of the model of a subscription: the requests that resume from it, and the blocks that move it. */
export class ModelPosition {
  /** The last event ID that was received. */
  received: string;
  /** The position of the current request. */
  sent = '';
  /** The number of the last log entry on the connection, or the one that the connection resumes after. */
  cursor = 0;

  private hasEvents = false;
  private refused: string | undefined;

  constructor(private readonly options: LifeOptions) {
    this.received = options.lastEventId;
  }

  /** Returns the request that resumes from the position. */
  request() {
    const { method, resume, drops } = this.options;
    const { received } = this;
    const how = received === '' ? 'none' : resume;
    const lastEventId = drops || how === 'function' ? '' : received;
    this.sent = how === 'function' ? received : lastEventId;
    const url = how === 'none' ? '/stream' : how === 'url' ? '/rest' : `/rest?after=${received}`;
    return { method: how === 'none' ? method : 'GET', url, lastEventId };
  }

  /** The server rejects the position: the next request has none. */
  refuse(): void {
    this.refused = this.received;
    this.received = '';
  }

  /** Returns the gap that is known when the response with this `Last-Event-ID` opens. */
  gaps(header: string | null): Step[] {
    const { sent, refused } = this;
    this.refused = undefined;
    if (refused !== undefined) return [{ kind: 'gap', requested: refused, resumed: '' }];
    if (sent !== '') {
      return header !== null && header !== sent ? [{ kind: 'gap', requested: sent, resumed: header }] : [];
    }
    return this.hasEvents ? [{ kind: 'gap', requested: this.received, resumed: '' }] : [];
  }

  /** Returns the steps of these blocks, up to the last event of the stream. */
  receive(entries: readonly Entry[]): { readonly batch: Step[]; readonly isOver: boolean } {
    const { hasIsGap, hasIsLast } = this.options;
    const batch: Step[] = [];
    let isOver = false;
    for (const { what, n } of entries) {
      if (isOver) break;
      const id = what === 'bare' ? this.received : what === 'clear' ? '' : String(n);
      switch (what) {
        case 'comment':
          batch.push({ kind: 'comment', text: 'comment' });
          break;
        case 'retry 1500':
        case 'retry 6000':
          batch.push({ kind: 'retry-time', milliseconds: Number(what.slice(6)) });
          break;
        case 'move':
          this.received = id;
          batch.push({ kind: MOVED, lastEventId: id });
          break;
        default:
          if (what === 'gap' && hasIsGap) {
            batch.push({ kind: 'gap', requested: this.received, resumed: id === this.received ? '' : id });
          }
          this.received = id;
          this.hasEvents = true;
          batch.push({
            kind: 'event',
            type: what === 'event' ? 'message' : what,
            data: String(n),
            lastEventId: id,
          });
          isOver = what === 'last' && hasIsLast;
      }
      if (n > 0) this.cursor = n;
    }
    return { batch, isOver };
  }
}
