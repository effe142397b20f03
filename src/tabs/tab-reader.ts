import type { AnswerMessage, Place, StepsMessage, TermMessage } from './message.js';
import type { TabLog } from './tab-log.js';

type Standing = Extract<TermMessage, { kind: 'lead' | 'beat' }>;

/** A question is asked again if it wasn't answered for so long, in milliseconds. */
const ASK_AGAIN_AFTER = 5000;
/** So many messages are kept that came before the one in front of them. */
const MAX_EARLY = 100;

/** What a follower reads of a term: messages in their order, and answers for those that it has missed. */
export class TabReader {
  /** The number of the last message that was read; if this tab leads, that was posted. */
  seq = 0;
  private readonly early = new Map<number, StepsMessage>();
  /** When it asked for what it has missed; `undefined` if that was answered. */
  private askedAt: number | undefined;

  constructor(
    private readonly log: TabLog,
    private readonly clock: () => number,
    private readonly postQuestion: (place: Place) => void,
  ) {}

  /** Another term begins. */
  reset(): void {
    this.seq = 0;
    this.early.clear();
    this.askedAt = undefined;
  }

  /** What comes from the leader: steps, or where it stands. */
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

  /** Asks for what came since: once, until it is answered, or was lost. */
  private ask(): void {
    const now = this.clock();
    if (this.askedAt !== undefined && now - this.askedAt < ASK_AGAIN_AFTER) return;
    this.askedAt = now;
    this.postQuestion(this.log.at);
  }
}
