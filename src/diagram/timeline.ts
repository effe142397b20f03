import { type DrawnStep, statusOf } from './diagram-step.js';

/** A mark of a step, or of several of a kind that came so close to each other that they would cover each other. */
export interface Mark {
  readonly kind: DrawnStep['kind'];
  /** When the first of its steps came, in milliseconds. */
  readonly at: number;
  /** When a wait is over, as far as it says so. */
  readonly due: number | undefined;
  /** How many steps it stands for. */
  count: number;
  /** The text beside it. */
  label: string;
}

/** They say how the connection stands, until the next of them. */
const STANDINGS: readonly string[] = ['connecting', 'open', 'waiting', 'paused', 'closed', 'failed'];
/** They come in crowds. */
const CROWDS: readonly string[] = ['event', 'comment', 'retry-time'];

/** However fast a stream fails and reconnects, no more marks are kept. */
const MAX_MARKS = 1000;

/** Whether a step, or its mark, says how the connection stands. */
export const isStanding = ({ kind }: Pick<Mark, 'kind'>): boolean => STANDINGS.includes(kind);

/** A lifecycle as marks on a line of time. It knows no clock: each step comes with its time, in milliseconds. */
export class Timeline {
  /** Oldest first; those that are out of sight are dropped by `prune`. */
  readonly marks: Mark[] = [];
  /** How the connection stands. */
  standing: Mark | undefined;
  /** How it stood before the first of the marks. */
  dropped: Mark | undefined;
  /** When the last step came. */
  lastAt = -Infinity;
  /** For each kind, the mark that the next one may join: nothing else came between them but others of a crowd. */
  private readonly crowds = new Map<string, Mark>();

  /** @param nearness how many milliseconds are too few to draw two marks of a kind apart */
  constructor(private readonly nearness: number) {}

  /** Whether the stream has ended. */
  get isOver(): boolean {
    const kind = this.standing?.kind;
    return kind === 'closed' || kind === 'failed';
  }

  /** The time of the drawing: it stands still when the stream has ended. */
  timeAt(now: number): number {
    return this.isOver ? this.lastAt : now;
  }

  add(step: DrawnStep, at: number): void {
    const { kind } = step;
    this.lastAt = at;
    const crowd = this.crowds.get(kind);
    if (crowd && at - crowd.at < this.nearness) {
      crowd.label = `×${++crowd.count}`;
      return;
    }
    const due = kind === 'waiting' && step.delay !== undefined ? at + step.delay : undefined;
    const mark: Mark = { kind, at, due, count: 1, label: labelOf(step) };
    if (CROWDS.includes(kind)) this.crowds.set(kind, mark);
    else this.crowds.clear();
    if (isStanding(mark)) this.standing = mark;
    this.marks.push(mark);
    if (this.marks.length > MAX_MARKS) this.drop();
  }

  /** Drops the marks from before a time. */
  prune(from: number): void {
    while (this.marks[0] && this.marks[0].at < from) this.drop();
  }

  /** Whether a drawing that begins at `from` changes as time passes. */
  movesFrom(from: number): boolean {
    return !this.isOver && (this.lastAt >= from || this.standing?.due !== undefined);
  }

  private drop(): void {
    const mark = this.marks.shift();
    if (mark && isStanding(mark)) this.dropped = mark;
  }
}

/** The text beside the mark of one step. It isn't a word of a language. */
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

/** Ids may be long, and it is their end that changes. */
const short = (id: string) => (id.length > 8 ? `…${id.slice(-6)}` : id);
