import { EventSourceError, type EventSourceLifecycle, type RoleLifecycle, type ServerSentEvent } from '../index.js';

/** What tabs share: a lifecycle whose events aren't decoded yet, and the role of the tab. */
export type TabLifecycle = EventSourceLifecycle | RoleLifecycle;

/** A step as it is posted: plain data, of which a copy can be made. Its headers are pairs, its error is plain. */
export type PlainStep = EventSourceLifecycle;

/**
 * Where a tab stands: how many events the log had,
 * and the id that was in force behind the last of them.
 */
export interface Place {
  /** Events are counted within a log. A new one begins where it isn't known what was missed. */
  readonly log: string;
  readonly count: number;
  readonly lastEventId: string;
}

/** What tabs post to each other. `from` is who posts. */
export type Message = { readonly from: string } & (
  | { readonly kind: 'over' }
  /** A tab joins, and says behind which event. One that has the lock, but doesn't know the group, wants an answer of anybody. */
  | ({ readonly kind: 'hello'; readonly isNext: boolean } & Place)
  /** A follower has missed something behind that event. */
  | ({ readonly kind: 'ask' } & Place)
  /** Is the leader alive? */
  | { readonly kind: 'ping'; readonly isVisible: boolean; readonly stands: boolean }
  /** Another tab should lead. */
  | { readonly kind: 'yield'; readonly to: string; readonly generation: number }
  | TermMessage
);

/** One whose `from` is added when it is posted. */
export type Unsigned<M> = M extends unknown ? Omit<M, 'from'> : never;

/** What the leader of a term posts. */
export type TermMessage = { readonly from: string; readonly term: number } & (
  | ({ readonly kind: 'lead' | 'beat'; readonly seq: number } & Place)
  | StepsMessage
  | AnswerMessage
  | { readonly kind: 'end'; readonly error?: PlainError | undefined }
);

/** What came on the connection. */
export interface StepsMessage {
  readonly kind: 'steps';
  readonly term: number;
  /** Messages are numbered within a term. */
  readonly seq: number;
  readonly log: string;
  /** How many events the log had before. */
  readonly first: number;
  readonly steps: readonly PlainStep[];
}

/** What one tab has missed, up to the message `seq`. */
export interface AnswerMessage extends Place {
  readonly kind: 'answer';
  readonly term: number;
  readonly to: string;
  /** Where that tab stood when it asked. */
  readonly asked: Place;
  readonly seq: number;
  /** The events behind `count`. */
  readonly events: readonly ServerSentEvent[];
  /** Whether there are more, which have to be asked for. */
  readonly hasMore: boolean;
  /** Whether events before these are missing, for good. */
  readonly hasGap: boolean;
  /** How the connection stands. */
  readonly standing: PlainStep | undefined;
}

/** An error, as plain data. */
export type PlainError = Readonly<Record<string, unknown>>;

const isPrimitive = (value: unknown) => Object(value) !== value && typeof value !== 'symbol';

/** Takes an error apart: its name, its message, and what else it says in numbers and texts. */
export function toPlainError(error: unknown): PlainError {
  if (isPrimitive(error)) return { message: String(error) };
  const { name, message } = error as Partial<Error>;
  const others = Object.entries(error as object).filter(([, value]) => isPrimitive(value));
  return { ...Object.fromEntries(others), name: String(name), message: String(message) };
}

/** Puts it together again. Where it was one of ours, it is an `EventSourceError`, under its own name. */
export const fromPlainError = (plain: PlainError): Error =>
  Object.assign(new ('retryable' in plain ? EventSourceError : Error)(''), plain);

/** Makes a step one that can be posted. */
export function toPlain(step: EventSourceLifecycle): PlainStep {
  if (step.kind === 'open') return { ...step, headers: [...step.headers] as never };
  if (step.kind === 'waiting' && step.error !== undefined) return { ...step, error: toPlainError(step.error) };
  return step;
}

/** Makes it what it was. */
export function fromPlain(step: PlainStep): EventSourceLifecycle {
  if (step.kind === 'open') return { ...step, headers: new Headers(step.headers) };
  if (step.kind === 'waiting' && step.error !== undefined) {
    return { ...step, error: fromPlainError(step.error as PlainError) };
  }
  return step;
}
