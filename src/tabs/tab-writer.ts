import { type AnswerMessage, type Place, toPlainError, type Unsigned, type Message } from './message.js';
import type { TabLog } from './tab-log.js';
import type { TabReader } from './tab-reader.js';

/** What a tab posts of a term: as its leader what comes on its stream, and answers for those that have missed some. */
export class TabWriter {
  /** The greatest term that was heard of. It is this tab's own if it leads. */
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

  /** Says where the leader stands. */
  stand(kind: 'lead' | 'beat'): void {
    this.flush();
    this.post({ kind, term: this.term, seq: this.reader.seq, ...this.log.at });
  }

  /** Posts what came since the last time. */
  flush(): void {
    const { out, at } = this.log;
    this.log.out = undefined;
    if (out) this.post({ kind: 'steps', term: this.term, seq: ++this.reader.seq, log: at.log, ...out });
  }

  answer(to: string, place: Place): void {
    this.flush();
    this.post({ kind: 'answer', to, term: this.term, seq: this.reader.seq, ...this.log.answer(place) });
  }

  /** The leader can't tell another tab what it has missed, but this one may be able to. */
  help({ to, hasGap, log, asked }: AnswerMessage): void {
    if (!hasGap || log !== this.log.at.log || asked.log === '') return;
    if (!this.log.answer(asked).hasGap) this.answer(to, asked);
  }

  end(error?: { readonly reason: unknown }): void {
    this.flush();
    this.post({ kind: 'end', term: this.term, error: error && toPlainError(error.reason) });
  }
}
