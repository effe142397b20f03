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

// Has no values: the compiler treats an enum member as a string that differs from all others.
declare enum Unlisted {
  type = '',
}

/**
 * The type of an event without a decoder: any string except the types with a decoder. So comparing `type` with one of
 * those narrows.
 */
export type OtherType = Unlisted.type;

/** How to handle unexpected events. */
export interface DecodeOptions<Replacement, Others> {
  /**
   * How to handle an event that can't be decoded. `'error'` errors with a `DecodeError`, and `'skip'` drops the event.
   * A function returns a replacement, or nothing to drop the event. It's called in the order of the events.
   * @default 'error'
   */
  readonly onInvalid?: 'error' | 'skip' | ((error: DecodeError, event: ServerSentEvent) => Replacement);
  /**
   * How to handle events of a type without a decoder: `'drop'` or `'pass'`.
   * @default 'drop'
   */
  readonly others?: Others;
}

/**
 * Decodes the data of events with one decoder per type, or one for all types. Emits `{ type, data, lastEventId }`, a
 * union discriminated by `type`. If the source is a lifecycle, all other steps pass through.
 *
 * A decoder is a function of the text, such as `json<T>()`, or a schema that validates the parsed JSON (Standard
 * Schema: zod, valibot, arktype and others). It can return a Promise. The order of events and steps stays the same.
 *
 * Completes with the source. Errors with the source, and with whatever an `onInvalid` function throws. If an event
 * can't be decoded and `onInvalid` is `'error'`, errors with a `DecodeError`. Throws a `TypeError` at the call if an
 * option has the wrong type. Unsubscribing unsubscribes from the source and drops events that are still being decoded.
 *
 * A `DecodeError` is final: the stream doesn't reconnect. The event counts as delivered, and so do events that were
 * still being decoded. If you resubscribe with `retry()` after `decode`, the stream continues after them. So it skips
 * the invalid event and, with asynchronous decoders, also the events right after it. To skip only the invalid event,
 * use `onInvalid: 'skip'`.
 *
 * @param decoders an object of decoders by event type, or one decoder for all types
 * @param options how to handle unexpected events
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
  const decodeEvent = decodingWith(chooseDecoder(decoders), onInvalid, others);
  return source =>
    new Observable(subscriber => {
      const inTurn = takeTurns();
      const emit = (step: EventOrLifecycle<string>, outcome: Outcome) => {
        // After the end, pending events don't matter any more, not even to `onInvalid`.
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

/** Called in turn. Returns the event to emit, or nothing to drop it. Throws to end the stream. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return gives
type Outcome = () => ServerSentEvent<unknown> | null | undefined | void;

type OnInvalid = NonNullable<DecodeOptions<ReturnType<Outcome>, 'drop'>['onInvalid']>;

/** Decodes an event, now or later. */
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
      // Accepts any thenable, like `await`.
      return isPromiseLike(data) ? Promise.resolve(data).then(accept, refuse) : accept(data);
    } catch (cause) {
      return refuse(cause);
    }
  };
}

/** Creates a function that runs each `work` in order, after everything that was passed earlier. */
function takeTurns(): (work: (() => void) | Promise<() => void>) => void {
  /** Fulfills after all earlier work has run. `undefined` if it has. */
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

/** Returns the decoder of a type. */
function chooseDecoder(
  decoders: EventDecoder | Readonly<Record<string, EventDecoder>>,
): (type: string) => Decoder | undefined {
  if (isDecoder(decoders)) {
    const forAll = toFunction(decoders);
    return () => forAll;
  }
  checkGiven('decoders', decoders, ['an object of decoders, or a decoder,', isObject]);
  // A `Map`, because a type can be a property of every object, such as `constructor`.
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

// A schema can be a function too, as in arktype.
const isDecoder = (value: unknown): value is EventDecoder => isSchema(value) || typeof value === 'function';

const DECODER: Kind = ['a function or a Standard Schema', isDecoder];

function toFunction(decoder: EventDecoder): Decoder {
  if (!isSchema(decoder)) return decoder;
  return data => {
    const result = decoder['~standard'].validate(JSON.parse(data));
    return isPromiseLike(result) ? Promise.resolve(result).then(accepted) : accepted(result);
  };
}

/** Carries the issues of a schema to the `DecodeError`. */
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
    // Not `map`: a path can be an instance of a subclass of `Array`, as in arktype, and `map` would create another one.
    const keys = Array.from(path, key => String(typeof key === 'object' ? key.key : key));
    return keys.length > 0 ? `${keys.join('.')}: ${message}` : message;
  });
  return new DecodeError(`${invalid} ${found.join('; ')}`, { event, issues });
}

/**
 * Returns the text of a thrown value. Leaves out an error's name, which would look like a path. It's still in `cause`.
 */
function textOf(cause: unknown): string {
  try {
    const { message } = Object(cause) as { message?: unknown };
    return typeof message === 'string' && message !== '' ? message : String(cause);
  } catch {
    // Some values throw when they are read.
    return Object.prototype.toString.call(cause);
  }
}
