import { Observable } from 'rxjs';
import { check, type Kind, OBJECT } from '../check.js';
import { DecodeError, type DecodeIssue } from '../errors.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { isPromiseLike } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { eventOf, type EventOrLifecycle, type WithEvent } from './event-of.js';
import type { Json } from './json.js';
import type { SchemaResult, StandardSchema } from './standard-schema.js';

/** Makes an event's data of its text, at once or later. What it throws is an event that is not valid. */
export type Decoder<Data = unknown> = (data: string, event: ServerSentEvent) => Data | PromiseLike<Data>;

/** What decodes events: a function of the text, or a schema that judges the JSON which the text is. */
export type EventDecoder = Decoder | StandardSchema;

/** What an `EventDecoder` makes of an event's text. */
export type DecodedData<D> = D extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : D extends Json<infer Data>
    ? Data
    : D extends (...input: never) => infer Data
      ? Awaited<Data>
      : never;

/** The events that `decode` gives for its decoders, a union discriminated by `type`. */
export type DecodedEvent<Decoders> = Decoders extends EventDecoder
  ? ServerSentEvent<DecodedData<Decoders>>
  : { [Type in keyof Decoders & string]: ServerSentEvent<DecodedData<Decoders[Type]>, Type> }[keyof Decoders & string];

// There is no such value: an enum's member is what the compiler takes for a string that is no other.
declare enum Unlisted {
  type = '',
}

/** A type that has no decoder: some string, but none of those that have one, so that comparing with one of those narrows. */
export type OtherType = Unlisted.type;

/** What to do with the events that are not as expected. */
export interface DecodeOptions<Replacement, Others> {
  /**
   * With an event that cannot be decoded: `'error'` ends the stream with a `DecodeError`, `'skip'` drops the event, and a function
   * gives an event to take its place, or `undefined` to drop it.
   * @default 'error'
   */
  readonly onInvalid?: 'error' | 'skip' | ((error: DecodeError, event: ServerSentEvent) => Replacement);
  /**
   * With events of a type that has no decoder: `'drop'` or `'pass'`.
   * @default 'drop'
   */
  readonly others?: Others;
}

/**
 * Decodes the data of events: a decoder for each type, or one for all. What comes out is a union that is discriminated by `type`,
 * `{ type, data, lastEventId }` each. On a lifecycle, all other steps pass as they are.
 *
 * A decoder is a function of the text, such as `json<T>()`, or a schema (Standard Schema: zod, valibot, arktype and others), which
 * judges the JSON that the text is. It may answer later, by a Promise: the order of what comes out stays that of what came in. What
 * is being decoded when you unsubscribe counts as delivered.
 *
 * It completes with the source. It errors with the source, with a `DecodeError` where an event cannot be decoded and `onInvalid` is
 * `'error'`, and with what a function given for `onInvalid` throws. A `DecodeError` is final, no reconnect follows: the same event
 * would come again. Options of a wrong type throw a `TypeError` at the call.
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
  Replacement extends ServerSentEvent<unknown> | null | undefined = never,
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
    | NonNullable<Replacement>
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

  const replace = (event: ServerSentEvent, cause: unknown) => {
    const error = decodeError(event, cause);
    if (onInvalid === 'error') throw error;
    return onInvalid === 'skip' ? undefined : onInvalid(error, event);
  };

  /** What comes out in the place of an event, at once or later; nothing for what is dropped. */
  const decodeEvent = (event: ServerSentEvent): Later<ServerSentEvent<unknown> | null | undefined> => {
    const decoder = decoderOf(event.type);
    if (!decoder) return others === 'pass' ? event : undefined;
    const { type, lastEventId } = event;
    let data;
    try {
      data = decoder(event.data, event);
    } catch (cause) {
      return replace(event, cause);
    }
    return isPromiseLike(data)
      ? data.then(
          data => ({ type, data, lastEventId }),
          (cause: unknown) => replace(event, cause),
        )
      : { type, data, lastEventId };
  };

  const decodeStep = (step: EventOrLifecycle<string>): Later<EventOrLifecycle | null | undefined> => {
    const event = eventOf(step);
    if (!event) return step;
    const decoded = decodeEvent(event);
    if (!('kind' in step)) return decoded;
    const wrap = (event: ServerSentEvent<unknown> | null | undefined) => event && ({ kind: 'event', event } as const);
    return isPromiseLike(decoded) ? decoded.then(wrap) : wrap(decoded);
  };

  return source =>
    new Observable(subscriber => {
      /** Fulfilled when all that came before has come out; undefined where that is so already. */
      let before: Promise<unknown> | undefined;
      const emit = (step: EventOrLifecycle | null | undefined) => {
        if (step) subscriber.next(step as never);
      };
      const fail = (error: unknown) => subscriber.error(error);
      /** Runs what `work` ends with when it is its turn. */
      const inTurn = (work: Later<() => void>) => {
        if (!before && !isPromiseLike(work)) {
          work();
          return;
        }
        const turn = Promise.all([work, before]).then(([run]) => {
          if (before === turn) before = undefined;
          run();
        });
        before = turn;
      };

      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => {
          try {
            const decoded = decodeStep(step);
            inTurn(
              isPromiseLike(decoded)
                ? decoded.then(
                    step => () => emit(step),
                    (error: unknown) => () => fail(error),
                  )
                : () => emit(decoded),
            );
          } catch (error) {
            inTurn(() => fail(error));
          }
        },
        error: (error: unknown) => inTurn(() => fail(error)),
        complete: () => inTurn(() => subscriber.complete()),
      });
    });
}

type Later<T> = T | PromiseLike<T>;

/** Which decoder is for which type. */
function chooseDecoder(
  decoders: EventDecoder | Readonly<Record<string, EventDecoder>>,
): (type: string) => Decoder | undefined {
  if (isDecoder(decoders)) {
    const forAll = toFunction(decoders);
    return () => forAll;
  }
  check('decoders', given(decoders), OBJECT);
  // A type may be named as something that every object has: `constructor`.
  const byType = new Map(
    Object.entries(decoders).map(([type, decoder]) => {
      check(`decoders.${type}`, given(decoder), DECODER);
      return [type, toFunction(decoder)] as const;
    }),
  );
  return type => byType.get(type);
}

/** What is missing is not absent here, but wrong. */
const given = (value: unknown) => value ?? null;

const isSchema = (value: unknown): value is StandardSchema =>
  typeof (value as Partial<StandardSchema> | null | undefined)?.['~standard']?.validate === 'function';

// A schema may be a function as well, as arktype's are.
const isDecoder = (value: unknown): value is EventDecoder => isSchema(value) || typeof value === 'function';

const DECODER: Kind = ['a function or a Standard Schema', isDecoder];

function toFunction(decoder: EventDecoder): Decoder {
  if (!isSchema(decoder)) return decoder;
  return data => {
    const result = decoder['~standard'].validate(JSON.parse(data));
    return isPromiseLike(result) ? result.then(accepted) : accepted(result);
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
  const expected = `Expected data that its decoder accepts, but the event of type ${JSON.stringify(event.type)} has other:`;
  if (!(cause instanceof Refusal)) return new DecodeError(`${expected} ${String(cause)}`, { event, cause });
  const { issues } = cause;
  const found = issues.map(({ message, path = [] }) => {
    const keys = path.map(key => String(typeof key === 'object' ? key.key : key));
    return keys.length > 0 ? `${keys.join('.')}: ${message}` : message;
  });
  return new DecodeError(`${expected} ${found.join('; ')}`, { event, issues });
}
