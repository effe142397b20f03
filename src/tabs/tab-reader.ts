import type { AnswerMessage, Place, StepsMessage, TermMessage } from './message.js';
import type { TabLog } from './tab-log.js';

type Standing = Extract<TermMessage, { kind: 'lead' | 'beat' }>;

/** How long to wait for an answer before asking again, in milliseconds. */
const ASK_AGAIN_AFTER = 5000;
/** How many early messages are kept while an earlier one is missing. */
const MAX_EARLY = 100;

/** Reads the messages of a term in order, and the answers for missed ones. Used by followers. */
export class TabReader {
  /** The number of the last message that was read, or posted if this tab leads. */
  seq = 0;
  private readonly early = new Map<number, StepsMessage>();
  /** When it asked for missed messages; `undefined` after the answer. */
  private askedAt: number | undefined;

  constructor(
    private readonly log: TabLog,
    private readonly clock: () => number,
    private readonly postQuestion: (place: Place) => void,
  ) {}

  /** A new term begins. */
  reset(): void {
    this.seq = 0;
    this.early.clear();
    this.askedAt = undefined;
  }

  /** Takes a message of the leader: steps, or its position. */
  take(message: StepsMessage | Standing): void {
    if (message.kind === 'steps') {
      this.takeNext(message);
      return;
    }
    const { at } = this.log;
    if (message.log !== at.log || message.count > at.count || message.seq > this.seq) this.ask();
  }

  takeAnswer(message: AnswerMessage): void {
    const result = this.log.takeAnswer(message);
    if (result !== 'later') this.askedAt = undefined;
    if (result === 'again' || message.hasMore) this.ask();
    else if (result === 'done') this.seq = Math.max(this.seq, message.seq);
    this.takeEarly();
  }

  private takeNext(message: StepsMessage): void {
    if (message.seq <= this.seq) return;
    if (message.seq === this.seq + 1 && this.log.goesOn(message)) {
      this.seq = message.seq;
      this.log.takeSteps(message);
      this.takeEarly();
    } else {
      if (this.early.size < MAX_EARLY) this.early.set(message.seq, message);
      this.ask();
    }
  }

  private takeEarly(): void {
    for (const seq of this.early.keys()) if (seq <= this.seq) this.early.delete(seq);
    const next = this.early.get(this.seq + 1);
    if (next && this.log.goesOn(next)) this.takeNext(next);
  }

  /** Asks for everything since the tab's position, once until the answer arrives or is lost. */
  private ask(): void {
    const now = this.clock();
    if (this.askedAt !== undefined && now - this.askedAt < ASK_AGAIN_AFTER) return;
    this.askedAt = now;
    this.postQuestion(this.log.at);
  }
}
