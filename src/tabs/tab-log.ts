import type { EventSourceLifecycle, GapLifecycle, ServerSentEvent } from '../index.js';
import { EventRing } from './event-ring.js';
import { type AnswerMessage, fromPlain, type Place, type PlainStep, type StepsMessage, toPlain } from './message.js';

/** The largest number of events in one answer. */
const ANSWER_SIZE = 500;
/** If the leader doesn't have the missed events, another follower has this much time to help, in milliseconds. */
const WAIT_FOR_HELP = 1000;
/** The prefix of the names of logs that begin with a gap. */
const GAP = 'gap ';
/** The steps that describe the current state of the connection. */
const STANDINGS: readonly string[] = ['connecting', 'open', 'waiting', 'paused'];

/** How many events a tab keeps. */
export interface KeptEvents {
  readonly bufferSize: number;
  /** How many of the last events a new tab starts with. */
  readonly replay: number;
}

/**
 * All received events, and the tab's position in them. Events are counted, so events that this tab already has are
 * skipped, no matter who sends them. If it's unknown which events were missed (`gap`), a new log begins, with its own
 * count.
 */
export class TabLog {
  /** Steps to post, and how many events the log had before them. */
  out: { readonly first: number; readonly steps: PlainStep[] } | undefined;
  /** The count that the tab's own stream has reached. */
  private own = 0;
  /** The id that the tab's own stream has to start after, until it has started. */
  private given: string | undefined;
  /** Since when this tab knows that the leader doesn't have the missed events. */
  private gapSince: number | undefined;
  private standing: PlainStep | undefined;
  private standsSince = 0;
  private readonly ring: EventRing;

  /**
   * @param at the position of the tab
   * @param deliver emits a step to the subscriber
   * @param flush called before steps of another log are posted
   */
  constructor(
    public at: Place,
    private readonly deliver: (step: EventSourceLifecycle) => void,
    private readonly flush: () => void,
    private readonly clock: () => number,
    private readonly kept: KeptEvents,
  ) {
    this.ring = new EventRing(kept.bufferSize);
    this.ring.clear(at.count, at.lastEventId);
  }

  /** The tab's own stream starts here. */
  begin(name: string): void {
    const { at } = this;
    if (at.log === '') this.at = { ...at, log: name };
    this.own = at.count;
    this.given = at.lastEventId;
  }

  /** Takes over another tab's position if this tab has no events and no position yet. Returns whether it did. */
  goesOnFrom({ log, count, lastEventId }: Place): boolean {
    if (this.at.count > 0 || this.at.lastEventId !== '' || log === '' || lastEventId === '') return false;
    this.at = { log, count, lastEventId };
    this.ring.clear(count, lastEventId);
    this.begin('');
    return true;
  }

  /** Takes a step of the tab's own stream, which is also posted to the others. */
  take(step: EventSourceLifecycle, name: string): void {
    if (step.kind === 'gap') {
      this.startLog(step, name);
      return;
    }
    const { at, given } = this;
    if (step.kind === 'connecting' && given !== undefined) {
      // The stream started without a position, or with another one than it was given.
      if (given ? step.lastEventId !== given : at.count > 0) {
        this.startLog({ kind: 'gap', requested: given, resumed: step.lastEventId }, name);
      }
    }
    if (step.kind === 'event' && ++this.own <= at.count) {
      const { lastEventId } = step.event;
      if (this.own < at.count || lastEventId === at.lastEventId) return;
      this.startLog({ kind: 'gap', requested: at.lastEventId, resumed: lastEventId }, name);
      this.own++;
    }
    // Late steps of the previous leader may have brought this tab further than its own stream, which starts before them.
    if (step.kind === 'connecting' && this.own < at.count) step = { ...step, lastEventId: at.lastEventId };
    this.send(step);
    if (step.kind === 'connecting') this.given = undefined;
  }

  /** Whether this tab can take the steps: nothing is missing before them, or they begin with a gap. */
  goesOn({ log, first, steps }: StepsMessage): boolean {
    return log === this.at.log ? first <= this.at.count : steps[0]?.kind === 'gap';
  }

  /** Takes the steps of another tab. */
  takeSteps({ log, first, steps }: Pick<StepsMessage, 'log' | 'first' | 'steps'>): void {
    if (log !== this.at.log) {
      const [gap] = steps;
      const { lastEventId } = this.at;
      if (gap?.kind === 'gap') steps = steps.slice(1);
      this.jump({ log, count: first, lastEventId }, gap?.kind === 'gap' ? gap : undefined);
    }
    let number = first;
    for (const step of steps) {
      if (step.kind !== 'event') this.hand(fromPlain(step), number === this.at.count);
      else if (++number > this.at.count) this.hand(step);
    }
  }

  /**
   * Takes steps that the previous leader posted before another tab took over: only events, as far as they continue this
   * log.
   */
  takeLate({ log, first, steps }: StepsMessage): void {
    if (log !== this.at.log || first > this.at.count) return;
    this.flush();
    this.takeSteps({ log, first, steps: steps.filter(({ kind }) => kind === 'event') });
  }

  /**
   * Takes the answer to this tab's question. Returns `again` if the tab has moved meanwhile and must ask again, and
   * `later` if the leader doesn't have the missed events but another follower may.
   */
  takeAnswer({ log, count, lastEventId, asked, events, hasGap, standing }: AnswerMessage): 'done' | 'again' | 'later' {
    const { at } = this;
    // If the answer is for another log or has a gap, it's only valid for the position at the time of the question.
    const isElsewhere = log !== at.log || count > at.count;
    if ((hasGap || isElsewhere) && (asked.log !== at.log || asked.count !== at.count)) return 'again';
    if (standing && JSON.stringify(standing) !== JSON.stringify(this.standing)) {
      const step = fromPlain(standing);
      // The leader may have requested another position than this tab continues from.
      this.hand(step.kind === 'open' ? { ...step, resumedFrom: hasGap ? '' : at.lastEventId } : step);
      this.standing = standing;
    }
    if (!hasGap) this.gapSince = undefined;
    else if (at.log !== '' && !log.startsWith(GAP)) {
      this.gapSince ??= this.clock();
      if (this.clock() - this.gapSince < WAIT_FOR_HELP) return 'later';
    }
    if (hasGap) this.jump({ log, count, lastEventId });
    else if (log !== at.log) {
      this.at = { log, count, lastEventId: at.lastEventId || lastEventId };
      this.ring.clear(count, this.at.lastEventId);
    }
    this.takeSteps({ log, first: count, steps: events.map(event => ({ kind: 'event', event })) });
    return 'done';
  }

  /** Returns the answer for a tab at this position. */
  answer({ log, count, lastEventId }: Place): Omit<AnswerMessage, 'kind' | 'to' | 'term' | 'seq'> {
    const { at, ring } = this;
    const wanted = log === at.log ? count : this.numberOf({ log, count, lastEventId });
    const behind = wanted === undefined ? undefined : ring.behind(wanted);
    // After a gap, it gets everything that is left.
    const from = wanted !== undefined && behind ? wanted : ring.first;
    const events = (behind ?? ring.behind(from) ?? []).slice(0, ANSWER_SIZE);
    return {
      ...at,
      asked: { log, count, lastEventId },
      count: from,
      lastEventId: from === at.count ? at.lastEventId : ring.idBehind(from),
      events,
      hasMore: from + events.length < at.count,
      hasGap: !behind,
      standing: this.remaining(),
    };
  }

  /**
   * Returns the count of a tab that comes from another log or from none. After a gap, the same id may be another event.
   */
  private numberOf({ log, count, lastEventId }: Place): number | undefined {
    const { at, ring } = this;
    if (log !== '' && at.log.startsWith(GAP)) return undefined;
    if (lastEventId !== '') return lastEventId === at.lastEventId ? at.count : ring.numberOf(lastEventId);
    // A tab without a log starts with the last few events. A tab without events of its log starts with all of this one.
    if (log === '') return Math.max(ring.first, at.count - this.kept.replay);
    return count === 0 ? 0 : undefined;
  }

  /** Continues from another position, because it's unknown which events were missed. */
  private jump(
    { log, count, lastEventId }: Place,
    gap: GapLifecycle = { kind: 'gap', requested: this.at.lastEventId, resumed: lastEventId },
  ): void {
    this.at = { log, count, lastEventId };
    this.ring.clear(count, lastEventId);
    this.deliver(gap);
  }

  private startLog(gap: GapLifecycle, name: string): void {
    this.flush();
    const { count, lastEventId } = this.at;
    this.at = { log: GAP + name, count, lastEventId };
    this.own = count;
    this.ring.clear(count, lastEventId);
    this.send(gap);
  }

  private send(step: EventSourceLifecycle): void {
    (this.out ??= { first: this.at.count, steps: [] }).steps.push(toPlain(step));
    this.hand(step, this.given === undefined);
  }

  /** @param isHere whether the position in the step is the position of this tab */
  private hand(step: EventSourceLifecycle, isHere = false): void {
    if (step.kind === 'event') {
      this.takeEvent(step.event);
    } else if (STANDINGS.includes(step.kind)) {
      this.standing = toPlain(step);
      this.standsSince = this.clock();
      if (step.kind === 'connecting' && isHere) this.at = { ...this.at, lastEventId: step.lastEventId };
    }
    this.deliver(step);
  }

  private takeEvent(event: ServerSentEvent): void {
    const count = this.at.count + 1;
    this.at = { log: this.at.log, count, lastEventId: event.lastEventId };
    this.ring.push(event, count);
  }

  /** Returns the current state of the connection for a new tab. */
  private remaining(): PlainStep | undefined {
    const { standing } = this;
    if (standing?.kind !== 'waiting' || standing.delay === undefined) return standing;
    return { ...standing, delay: Math.max(0, standing.delay - (this.clock() - this.standsSince)) };
  }
}
