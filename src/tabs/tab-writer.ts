import { type AnswerMessage, type Place, toPlainError, type Unsigned, type Message } from './message.js';
import type { TabLog } from './tab-log.js';
import type { TabReader } from './tab-reader.js';

/** Posts the messages of a tab: as leader the steps of its stream, and answers for tabs that have missed some. */
export class TabWriter {
  /** The greatest known term. If this tab leads, it's its own term. */
  term = 0;

  constructor(
    private readonly log: TabLog,
    private readonly reader: TabReader,
    private readonly post: (message: Unsigned<Message>) => void,
  ) {}

  /** Begins a term. */
  announce(term: number): void {
    this.flush();
    this.term = term;
    this.reader.reset();
    this.stand('lead');
  }

  /** Posts the leader's position. */
  stand(kind: 'lead' | 'beat'): void {
    this.flush();
    this.post({ kind, term: this.term, seq: this.reader.seq, ...this.log.at });
  }

  /** Posts all new steps. */
  flush(): void {
    const { out, at } = this.log;
    this.log.out = undefined;
    if (out) this.post({ kind: 'steps', term: this.term, seq: ++this.reader.seq, log: at.log, ...out });
  }

  answer(to: string, place: Place): void {
    this.flush();
    this.post({ kind: 'answer', to, term: this.term, seq: this.reader.seq, ...this.log.answer(place) });
  }

  /** Helps another tab if the leader doesn't have the events that it missed, but this tab does. */
  help({ to, hasGap, log, asked }: AnswerMessage): void {
    if (!hasGap || log !== this.log.at.log || asked.log === '') return;
    const own = this.log.answer(asked);
    // Not without events: two tabs that miss the same ones would keep each other waiting.
    if (!own.hasGap && own.events.length > 0) this.answer(to, asked);
  }

  end(error?: { readonly reason: unknown }): void {
    this.flush();
    this.post({ kind: 'end', term: this.term, error: error && toPlainError(error.reason) });
  }
}
