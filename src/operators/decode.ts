import { check, checkGiven } from '#check';
import { Observable } from 'rxjs';
import { isObject, type Kind } from '../kind.js';
import { DecodeError, type DecodeIssue } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { isPromiseLike } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { DecodedEvent, Decoder, EventDecoder } from './event-decoder.js';
import { eventOf, type EventOrLifecycle, type WithEvent } from './event-of.js';
import type { SchemaResult, StandardSchema } from './standard-schema.js';

// There is no such value: an enum's member is what the compiler takes for a string that is no other.
declare enum Unlisted {
  type = '',
}

/** A type that has no decoder: some string, but none of those that have one, so that comparing with one of those narrows. */
export type OtherType = Unlisted.type;

/** What to do with the events that are not as expected. */
export interface DecodeOptions<Replacement, Others> {
  /**
   * What to do with an event that can't be decoded: `'error'` ends the stream with a `DecodeError`, `'skip'` drops the event, and a function
   * returns an event to take its place, or nothing to drop it. It is called in the order of the events.
   * @default 'error'
   */
  readonly onInvalid?: 'error' | 'skip' | ((error: DecodeError, event: ServerSentEvent) => Replacement);
  /**
   * What to do with events of a type that has no decoder: `'drop'` or `'pass'`.
   * @default 'drop'
   */
  readonly others?: Others;
}

/**
 * Decodes the data of events: a decoder for each type, or one for all. What comes out is a union that is discriminated by `type`,
 * `{ type, data, lastEventId }` each. On a lifecycle, all other steps pass as they are.
 *
 * A decoder is a function of the text, such as `json<T>()`, or a schema (Standard Schema: zod, valibot, arktype and others), which
 * judges the parsed JSON. It may answer later, by a Promise: events and steps still come out in the order in which they came in.
 *
 * It completes with the source. It errors with the source, with a `DecodeError` if an event can't be decoded and `onInvalid` is
 * `'error'`, and with what a function given for `onInvalid` throws. Options of a wrong type throw a `TypeError` at the call.
 * Unsubscribing ends the source and drops what is still being decoded.
 *
 * A `DecodeError` is final: the stream doesn't reconnect. The event counts as delivered, and so do the events that were being decoded when the
 * stream ended. So with `retry()` behind `decode`, a new subscription resumes behind them: it skips the invalid event, and with decoders that
 * answer later it also skips the events that had come after it. To lose only the invalid event, use `onInvalid: 'skip'`.
 *
 * @param decoders an object of decoders by event type, or one decoder for all types
 * @param options what to do with the events that are not as expected
 *
 * @example
 * ```ts
 * fromEventSource('/market')
 *   .pipe(decode({ price: json<Price>(), halted: Number }))
 *   .subscribe(event => {
 *     if (event.type === 'price') console.log(event.data.symbol, event.data.price);
 *     else console.log('no trade for', event.data, 'seconds');
 *   });
 * ```
 */
export function decode<
  const Decoders extends EventDecoder | Readonly<Record<string, EventDecoder>>,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function that only logs
  const Replacement extends ServerSentEvent<unknown> | null | undefined | void = never,
  Others extends 'drop' | 'pass' = 'drop',
>(
  decoders: Decoders,
  options: DecodeOptions<Replacement, Others> = {},
): <In extends EventOrLifecycle<string>>(
  source: Observable<In>,
) => Observable<
  WithEvent<
    In,
    | DecodedEvent<Decoders>
    | Extract<Replacement, ServerSentEvent<unknown>>
    | (Others extends 'pass' ? ServerSentEvent<string, OtherType> : never)
  >
> {
  const { onInvalid = 'error', others = 'drop' } = options;
  check('onInvalid', onInvalid, [
    "'error', 'skip' or a function",
    value => value === 'error' || value === 'skip' || typeof value === 'function',
  ]);
  check('others', others, ["'drop' or 'pass'", value => value === 'drop' || value === 'pass']);
  const decoderOf = chooseDecoder(decoders);

  const decodeEvent = decodingWith(decoderOf, onInvalid, others);
  return source =>
    new Observable(subscriber => {
      const inTurn = takeTurns();
      const emit = (step: EventOrLifecycle<string>, outcome: Outcome) => {
        // What was pending when it ended concerns nobody any more, `onInvalid` neither.
        if (subscriber.closed) return;
        let event;
        try {
          event = outcome();
        } catch (error) {
          subscriber.error(error);
          return;
        }
        if (event) subscriber.next(('kind' in step ? { kind: 'event', event } : event) as never);
      };

      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => {
          const event = eventOf(step);
          if (!event) {
            inTurn(() => subscriber.next(step as never));
            return;
          }
          const outcome = decodeEvent(event);
          inTurn(
            typeof outcome === 'function'
              ? () => emit(step, outcome)
              : outcome.then(outcome => () => emit(step, outcome)),
          );
        },
        error: (error: unknown) => inTurn(() => subscriber.error(error)),
        complete: () => inTurn(() => subscriber.complete()),
      });
    });
}

/** What comes out in the place of an event, asked when it is its turn; nothing for what is dropped. It throws what the stream ends with. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return gives
type Outcome = () => ServerSentEvent<unknown> | null | undefined | void;

type OnInvalid = NonNullable<DecodeOptions<ReturnType<Outcome>, 'drop'>['onInvalid']>;

/** What becomes of an event, at once or later. */
function decodingWith(
  decoderOf: (type: string) => Decoder | undefined,
  onInvalid: OnInvalid,
  others: 'drop' | 'pass',
): (event: ServerSentEvent) => Outcome | Promise<Outcome> {
  return event => {
    const { type, lastEventId } = event;
    const accept =
      (data: unknown): Outcome =>
      () => ({ type, data, lastEventId });
    const refuse =
      (cause: unknown): Outcome =>
      () => {
        if (onInvalid === 'skip') return undefined;
        const error = decodeError(event, cause);
        if (onInvalid === 'error') throw error;
        return onInvalid(error, event);
      };
    const decoder = decoderOf(type);
    if (!decoder) return () => (others === 'pass' ? event : undefined);
    try {
      const data = decoder(event.data, event);
      // Anything with a `then` will do, as for `await`.
      return isPromiseLike(data) ? Promise.resolve(data).then(accept, refuse) : accept(data);
    } catch (cause) {
      return refuse(cause);
    }
  };
}

/** Makes a function that runs each `work`, once it is there, when all that was given before has run. */
function takeTurns(): (work: (() => void) | Promise<() => void>) => void {
  /** Fulfilled when all that came before has run; undefined if it has. */
  let before: Promise<unknown> | undefined;
  return work => {
    if (!before && typeof work === 'function') {
      work();
      return;
    }
    const turn = Promise.all([work, before]).then(([run]) => {
      if (before === turn) before = undefined;
      run();
    });
    before = turn;
  };
}

/** Which decoder is for which type. */
function chooseDecoder(
  decoders: EventDecoder | Readonly<Record<string, EventDecoder>>,
): (type: string) => Decoder | undefined {
  if (isDecoder(decoders)) {
    const forAll = toFunction(decoders);
    return () => forAll;
  }
  checkGiven('decoders', decoders, ['an object of decoders, or a decoder,', isObject]);
  // A type may be named as something that every object has: `constructor`.
  const byType = new Map(
    Object.entries(decoders).map(([type, decoder]) => {
      checkGiven(`decoders.${type}`, decoder, DECODER);
      return [type, toFunction(decoder)] as const;
    }),
  );
  return type => byType.get(type);
}

const isSchema = (value: unknown): value is StandardSchema =>
  typeof (value as Partial<StandardSchema> | null | undefined)?.['~standard']?.validate === 'function';

// A schema may be a function as well, as arktype's are.
const isDecoder = (value: unknown): value is EventDecoder => isSchema(value) || typeof value === 'function';

const DECODER: Kind = ['a function or a Standard Schema', isDecoder];

function toFunction(decoder: EventDecoder): Decoder {
  if (!isSchema(decoder)) return decoder;
  return data => {
    const result = decoder['~standard'].validate(JSON.parse(data));
    return isPromiseLike(result) ? Promise.resolve(result).then(accepted) : accepted(result);
  };
}

/** What a schema finds wrong, on its way to a `DecodeError`. */
class Refusal extends Error {
  constructor(readonly issues: readonly DecodeIssue[]) {
    super();
  }
}

function accepted<Output>(result: SchemaResult<Output>): Output {
  if (result.issues) throw new Refusal(result.issues);
  return result.value;
}

function decodeError(event: ServerSentEvent, cause: unknown): DecodeError {
  const invalid = `Invalid data in event ${JSON.stringify(event.type)}:`;
  if (!(cause instanceof Refusal)) return new DecodeError(`${invalid} ${textOf(cause)}`, { event, cause });
  const { issues } = cause;
  const found = issues.map(({ message, path = [] }) => {
    // A path may be of a class of its own, as arktype's are, whose `map` makes another of these.
    const keys = Array.from(path, key => String(typeof key === 'object' ? key.key : key));
    return keys.length > 0 ? `${keys.join('.')}: ${message}` : message;
  });
  return new DecodeError(`${invalid} ${found.join('; ')}`, { event, issues });
}

/** What was thrown, as text. An error's name is left out: in front of its message it would read as a path. `cause` has it. */
function textOf(cause: unknown): string {
  try {
    const { message } = Object(cause) as { message?: unknown };
    return typeof message === 'string' && message !== '' ? message : String(cause);
  } catch {
    // Not everything can be asked.
    return Object.prototype.toString.call(cause);
  }
}
