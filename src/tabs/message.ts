import { EventSourceError, type EventSourceLifecycle, type RoleLifecycle, type ServerSentEvent } from '../index.js';

/** The steps that tabs share: a lifecycle with undecoded events, and the role of the tab. */
export type TabLifecycle = EventSourceLifecycle | RoleLifecycle;

/** A step as plain data, which can be posted. Its headers are pairs, and its error is plain. */
export type PlainStep = EventSourceLifecycle;

/** The position of a tab: how many events the log had, and the id after the last one. */
export interface Place {
  /** The name of the log. Events are counted per log. If it's unknown which events were missed, a new log begins. */
  readonly log: string;
  readonly count: number;
  readonly lastEventId: string;
}

/** The messages between tabs. `from` is the sender. */
export type Message = { readonly from: string } & (
  | { readonly kind: 'over' }
  /**
   * A tab joins after this event. If the tab holds the lock but doesn't know the group, `isNext` is set and any tab may
   * answer.
   */
  | ({ readonly kind: 'hello'; readonly isNext: boolean } & Place)
  /** A follower has missed something after this event. */
  | ({ readonly kind: 'ask' } & Place)
  /** Asks whether the leader is alive. */
  | { readonly kind: 'ping'; readonly isVisible: boolean; readonly stands: boolean }
  /** Asks another tab to lead. */
  | { readonly kind: 'yield'; readonly to: string; readonly generation: number }
  | TermMessage
);

/** A message without `from`, which is added when it's posted. */
export type Unsigned<M> = M extends unknown ? Omit<M, 'from'> : never;

/** The messages of the leader of a term. */
export type TermMessage = { readonly from: string; readonly term: number } & (
  | ({ readonly kind: 'lead' | 'beat'; readonly seq: number } & Place)
  | StepsMessage
  | AnswerMessage
  | { readonly kind: 'end'; readonly error?: PlainError | undefined }
);

/** Steps from the connection. */
export interface StepsMessage {
  readonly kind: 'steps';
  readonly term: number;
  /** The number of the message in its term. */
  readonly seq: number;
  readonly log: string;
  /** How many events the log had before. */
  readonly first: number;
  readonly steps: readonly PlainStep[];
}

/** The events that one tab has missed, up to the message `seq`. */
export interface AnswerMessage extends Place {
  readonly kind: 'answer';
  readonly term: number;
  readonly to: string;
  /** The position of that tab when it asked. */
  readonly asked: Place;
  readonly seq: number;
  /** The events after `count`. */
  readonly events: readonly ServerSentEvent[];
  /** Whether there are more events to ask for. */
  readonly hasMore: boolean;
  /** Whether events before these are lost. */
  readonly hasGap: boolean;
  /** The current state of the connection. */
  readonly standing: PlainStep | undefined;
}

/** An error as plain data. */
export type PlainError = Readonly<Record<string, unknown>>;

const isPrimitive = (value: unknown) => Object(value) !== value && typeof value !== 'symbol';

/** Converts an error to plain data: its name, its message, and its other numbers and strings. */
export function toPlainError(error: unknown): PlainError {
  if (isPrimitive(error)) return { message: String(error) };
  const { name, message } = error as Partial<Error>;
  const others = Object.entries(error as object).filter(([, value]) => isPrimitive(value));
  return { ...Object.fromEntries(others), name: String(name), message: String(message) };
}

/** Converts plain data back to an error. An error of this library becomes an `EventSourceError` with its own name. */
export const fromPlainError = (plain: PlainError): Error =>
  Object.assign(new ('retryable' in plain ? EventSourceError : Error)(''), plain);

/** Converts a step to one that can be posted. */
export function toPlain(step: EventSourceLifecycle): PlainStep {
  if (step.kind === 'open') return { ...step, headers: [...step.headers] as never };
  if (step.kind === 'waiting' && step.error !== undefined) return { ...step, error: toPlainError(step.error) };
  return step;
}

/** Converts a posted step back. */
export function fromPlain(step: PlainStep): EventSourceLifecycle {
  if (step.kind === 'open') return { ...step, headers: new Headers(step.headers) };
  if (step.kind === 'waiting' && step.error !== undefined) {
    return { ...step, error: fromPlainError(step.error as PlainError) };
  }
  return step;
}
