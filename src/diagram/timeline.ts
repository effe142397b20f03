import { type DrawnStep, statusOf } from './diagram-step.js';

/** The mark of a step, or of several steps of the same kind that would cover each other. */
export interface Mark {
  readonly kind: DrawnStep['kind'];
  /** When the first of its steps came, in milliseconds. */
  readonly at: number;
  /** When a wait ends, if this is known. */
  readonly due: number | undefined;
  /** How many steps it stands for. */
  count: number;
  /** The text beside it. */
  label: string;
}

/** The states of the connection. Each lasts until the next one. */
const STATES: readonly string[] = ['connecting', 'open', 'waiting', 'paused', 'closed', 'failed'];
/** Kinds of which several may become one mark. */
const PILES: readonly string[] = ['event', 'comment', 'retry-time'];

/** The largest number of marks, even if a stream reconnects all the time. */
const MAX_MARKS = 1000;

/** Whether a step or a mark is a state of the connection. */
export const isState = ({ kind }: Pick<Mark, 'kind'>): boolean => STATES.includes(kind);

/** A lifecycle as marks on a line of time. It knows no clock: each step comes with its time, in milliseconds. */
export class Timeline {
  /** Oldest first. */
  readonly marks: Mark[] = [];
  /** The current state of the connection. */
  state: Mark | undefined;
  /** The state before the first mark. */
  dropped: Mark | undefined;
  /** The time of the last step. */
  lastAt = -Infinity;
  /** For each kind, the mark that the next step may join, because only steps of such kinds came since. */
  private readonly piles = new Map<string, Mark>();

  /** @param nearness the interval in milliseconds below which steps of a kind become one mark */
  constructor(private readonly nearness: number) {}

  /** Whether the stream has ended. */
  get isOver(): boolean {
    const kind = this.state?.kind;
    return kind === 'closed' || kind === 'failed';
  }

  /** The time of the drawing. It stops at the end of the stream. */
  timeAt(now: number): number {
    return this.isOver ? this.lastAt : now;
  }

  add(step: DrawnStep, at: number): void {
    const { kind } = step;
    this.lastAt = at;
    const pile = this.piles.get(kind);
    if (pile && at - pile.at < this.nearness) {
      pile.label = `×${++pile.count}`;
      return;
    }
    const due = kind === 'waiting' && step.delay !== undefined ? at + step.delay : undefined;
    const mark: Mark = { kind, at, due, count: 1, label: labelOf(step) };
    if (PILES.includes(kind)) this.piles.set(kind, mark);
    else this.piles.clear();
    if (isState(mark)) this.state = mark;
    this.marks.push(mark);
    if (this.marks.length > MAX_MARKS) this.drop();
  }

  /** Drops the marks from before a time. */
  prune(from: number): void {
    while (this.marks[0] && this.marks[0].at < from) this.drop();
  }

  /** Whether a drawing that begins at `from` changes as time passes. */
  movesFrom(from: number): boolean {
    return !this.isOver && (this.lastAt >= from || this.state?.due !== undefined);
  }

  private drop(): void {
    const mark = this.marks.shift();
    if (mark && isState(mark)) this.dropped = mark;
  }
}

/** The text beside the mark of one step. It's the same in each language. */
export function labelOf(step: DrawnStep): string {
  switch (step.kind) {
    case 'event':
      return short(step.event.lastEventId);
    case 'open':
      return step.resumedFrom && `↻ ${short(step.resumedFrom)}`;
    case 'waiting':
    case 'failed':
      return String(statusOf(step.error) ?? '');
    case 'gap':
      return `${short(step.requested) || '?'} → ${short(step.resumed) || '?'}`;
    case 'retry-time':
      return inSeconds(step.milliseconds);
    case 'role':
      return step.role;
    default:
      return '';
  }
}

/** A time in milliseconds, in seconds. */
export const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Ids can be long, and differ at the end. */
const short = (id: string) => (id.length > 8 ? `…${id.slice(-6)}` : id);
