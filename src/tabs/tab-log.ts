import type { EventSourceLifecycle, GapLifecycle, ServerSentEvent } from '../index.js';
import { EventRing } from './event-ring.js';
import { type AnswerMessage, fromPlain, type Place, type PlainStep, type StepsMessage, toPlain } from './message.js';

/** So many events go into one answer. */
const ANSWER_SIZE = 500;
/** Where the leader doesn't have what is missing, another follower is given so long, in milliseconds. */
const WAIT_FOR_HELP = 1000;
/** What the names of logs begin with that begin with a gap. */
const GAP = 'gap ';
/** The steps that say how the connection stands. */
const STANDINGS: readonly string[] = ['connecting', 'open', 'waiting', 'paused'];

/** How many events a tab keeps. */
export interface KeptEvents {
  readonly bufferSize: number;
  /** How many of the last ones a tab begins with that comes later. */
  readonly replay: number;
}

/**
 * What has come, and where this tab stands in it. Events are counted: what this tab has already is skipped, whoever sends it. Where it isn't known what
 * was missed (`gap`), a new log begins, and what is counted in it has nothing to do with the former.
 */
export class TabLog {
  /** What is to be posted, and how many events the log had before. */
  out: { readonly first: number; readonly steps: PlainStep[] } | undefined;
  /** How many events the tab's own stream has brought it to. */
  private own = 0;
  /** The id that its own stream was to begin behind, until that has begun. */
  private given: string | undefined;
  /** Since when this tab knows that the leader doesn't have what it has missed. */
  private gapSince: number | undefined;
  private standing: PlainStep | undefined;
  private standsSince = 0;
  private readonly ring: EventRing;

  /**
   * @param at where the tab stands
   * @param deliver hands a step to who has subscribed
   * @param flush is called before what is posted belongs to another log
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

  /** The tab's own stream begins here. */
  begin(name: string): void {
    const { at } = this;
    if (at.log === '') this.at = { ...at, log: name };
    this.own = at.count;
    this.given = at.lastEventId;
  }

  /** Goes on where another tab stands, if nothing has come here yet, and it wasn't to begin behind anything: whether it does. */
  goesOnFrom({ log, count, lastEventId }: Place): boolean {
    if (this.at.count > 0 || this.at.lastEventId !== '' || log === '' || lastEventId === '') return false;
    this.at = { log, count, lastEventId };
    this.ring.clear(count, this.at.lastEventId);
    this.begin('');
    return true;
  }

  /** A step of the tab's own stream, which others hear as well. */
  take(step: EventSourceLifecycle, name: string): void {
    if (step.kind === 'gap') {
      this.startLog(step, name);
      return;
    }
    const { at, given } = this;
    if (step.kind === 'connecting' && given !== undefined) {
      // It had nothing to go on from, or was made without what it was given.
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
    this.send(step);
    if (step.kind === 'connecting') this.given = undefined;
  }

  /** Whether this tab can take them: nothing is missing in front of them, but for what a gap says. */
  goesOn({ log, first, steps }: StepsMessage): boolean {
    return log === this.at.log ? first <= this.at.count : steps[0]?.kind === 'gap';
  }

  /** What another tab has posted. */
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

  /** What it had posted before another took over: the events, as far as they go on from here. */
  takeLate({ log, first, steps }: StepsMessage): void {
    if (log !== this.at.log || first > this.at.count) return;
    this.flush();
    this.takeSteps({ log, first, steps: steps.filter(({ kind }) => kind === 'event') });
  }

  /**
   * The answer to this tab's question. It has to ask `again` if it stands elsewhere by now, and `later` if the leader doesn't have what is missing: another
   * follower may.
   */
  takeAnswer({ log, count, lastEventId, asked, events, hasGap, standing }: AnswerMessage): 'done' | 'again' | 'later' {
    const { at } = this;
    // What it says of another log, or of a gap, is about the place where this tab was then.
    const isElsewhere = log !== at.log || count > at.count;
    if ((hasGap || isElsewhere) && (asked.log !== at.log || asked.count !== at.count)) return 'again';
    if (standing && JSON.stringify(standing) !== JSON.stringify(this.standing)) {
      const step = fromPlain(standing);
      // The leader may have asked the server for something else than what this tab goes on from.
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

  /** The answer for a tab that stands there. */
  answer({ log, count, lastEventId }: Place): Omit<AnswerMessage, 'kind' | 'to' | 'term' | 'seq'> {
    const { at, ring } = this;
    const wanted = log === at.log ? count : this.numberOf({ log, count, lastEventId });
    const behind = wanted === undefined ? undefined : ring.behind(wanted);
    // Behind a hole it gets what there is.
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

  /** Where somebody stands who comes from another log, or from none. Behind a gap the same id may be another event. */
  private numberOf({ log, count, lastEventId }: Place): number | undefined {
    const { at, ring } = this;
    if (log !== '' && at.log.startsWith(GAP)) return undefined;
    if (lastEventId !== '') return lastEventId === at.lastEventId ? at.count : ring.numberOf(lastEventId);
    // Who has had nothing yet of a log begins with all of this one, and who has no log with the last few.
    if (log === '') return Math.max(ring.first, at.count - this.kept.replay);
    return count === 0 ? 0 : undefined;
  }

  /** Goes on from another place: it isn't known what was missed. */
  private jump(
    { log, count, lastEventId }: Place,
    gap: GapLifecycle = { kind: 'gap', requested: this.at.lastEventId, resumed: lastEventId },
  ): void {
    this.at = { log, count, lastEventId };
    this.ring.clear(count, this.at.lastEventId);
    this.deliver(gap);
  }

  private startLog(gap: GapLifecycle, name: string): void {
    this.flush();
    const { count, lastEventId } = this.at;
    this.at = { log: GAP + name, count, lastEventId };
    this.own = count;
    this.ring.clear(count, this.at.lastEventId);
    this.send(gap);
  }

  private send(step: EventSourceLifecycle): void {
    this.out ??= { first: this.at.count, steps: [] };
    this.out.steps.push(toPlain(step));
    this.hand(step, this.given === undefined);
  }

  /** @param isHere whether what the step says of the position is of where the tab stands */
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

  /** How the connection stands, for somebody who hears of it now. */
  private remaining(): PlainStep | undefined {
    const { standing } = this;
    if (standing?.kind !== 'waiting' || standing.delay === undefined) return standing;
    return { ...standing, delay: Math.max(0, standing.delay - (this.clock() - this.standsSince)) };
  }
}
