// The types that the compiler infers for `decode`. `npm run types` checks them, and each `@ts-expect-error` requires an error.
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expectTypeOf'] }] */
import { describe, it } from '@jest/globals';
import { type } from 'arktype';
import { expectTypeOf } from 'expect-type';
import { filter, map, type Observable } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  type CommentLifecycle,
  decode,
  type DecodedData,
  type DecodedEvent,
  type DecodeError,
  type Json,
  json,
  ofEventType,
  type OtherType,
  type ServerSentEvent,
} from '../../src/index.js';
import {
  type Chat,
  type ChatEvent,
  decodedSteps$,
  decoded$,
  decoders,
  events$,
  type LifecycleOf,
  type Presence,
  type PresenceEvent,
  steps$,
} from './typed-streams.js';

describe('decode', () => {
  const zod = z.object({ name: z.string(), since: z.coerce.date() });
  const valibot = v.object({
    name: v.string(),
    since: v.pipe(
      v.string(),
      v.transform(text => new Date(text)),
    ),
  });
  const arktype = type({ name: 'string', since: 'string.date.iso.parse' });
  const isKnown = () => Promise.resolve(true);
  interface User {
    name: string;
    since: Date;
  }

  it('infers the data from sync and async functions', () => {
    expectTypeOf<DecodedData<(text: string) => number>>().toEqualTypeOf<number>();
    expectTypeOf<DecodedData<typeof Number>>().toEqualTypeOf<number>();
    expectTypeOf<DecodedData<() => null>>().toEqualTypeOf<null>();
    expectTypeOf<DecodedData<(text: string) => Promise<Date>>>().toEqualTypeOf<Date>();
    expectTypeOf<DecodedData<(text: string) => Date | PromiseLike<string>>>().toEqualTypeOf<Date | string>();
    expectTypeOf<DecodedData<(text: string, event: ServerSentEvent) => Chat>>().toEqualTypeOf<Chat>();
    expectTypeOf<DecodedData<typeof JSON.parse>>().toBeAny();
    expectTypeOf<DecodedData<Json<Chat>>>().toEqualTypeOf<Chat>();
    expectTypeOf<DecodedData<Json<Chat | null>>>().toEqualTypeOf<Chat | null>();
    expectTypeOf<DecodedData<Json<string>>>().toEqualTypeOf<string>();
  });

  it('infers the data from schemas of zod, valibot and arktype: their output, not their input', () => {
    expectTypeOf<DecodedData<typeof zod>>().toEqualTypeOf<User>();
    expectTypeOf<DecodedData<typeof valibot>>().toEqualTypeOf<User>();
    expectTypeOf<DecodedData<typeof arktype>>().toEqualTypeOf<User>();
    expectTypeOf(events$.pipe(decode(v.pipeAsync(v.string(), v.checkAsync(isKnown))))).toEqualTypeOf<
      Observable<ServerSentEvent>
    >();
    expectTypeOf(
      events$.pipe(decode({ a: z.string().refine(isKnown), b: v.string(), c: type('string') })),
    ).toEqualTypeOf<
      Observable<ServerSentEvent<string, 'a'> | ServerSentEvent<string, 'b'> | ServerSentEvent<string, 'c'>>
    >();
  });

  it('turns a map of decoders into a union of events, one for each type', () => {
    const all$ = events$.pipe(
      decode({
        count: text => text.length,
        later: async text => new Date(await Promise.resolve(text)),
        chat: json<Chat>(),
        zod,
        valibot,
        arktype,
      }),
    );
    type All =
      | ServerSentEvent<number, 'count'>
      | ServerSentEvent<Date, 'later'>
      | ChatEvent
      | ServerSentEvent<User, 'zod'>
      | ServerSentEvent<User, 'valibot'>
      | ServerSentEvent<User, 'arktype'>;
    expectTypeOf(all$).toEqualTypeOf<Observable<All>>();
    expectTypeOf<DecodedEvent<typeof decoders>>().toEqualTypeOf<ChatEvent | PresenceEvent>();
  });

  it('turns a single decoder into events of any type', () => {
    expectTypeOf(events$.pipe(decode(json<Chat>()))).toEqualTypeOf<Observable<ServerSentEvent<Chat>>>();
    expectTypeOf(events$.pipe(decode(Number))).toEqualTypeOf<Observable<ServerSentEvent<number>>>();
    expectTypeOf(events$.pipe(decode(zod))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
    expectTypeOf(events$.pipe(decode(valibot))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
    expectTypeOf(events$.pipe(decode(arktype))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
  });

  it('returns a union discriminated by type', () => {
    decoded$.pipe(
      map(event => {
        switch (event.type) {
          case 'chat':
            expectTypeOf(event.data).toEqualTypeOf<Chat>();
            return;
          case 'presence':
            expectTypeOf(event.data).toEqualTypeOf<Presence>();
            return;
          default:
            expectTypeOf(event).toBeNever();
        }
      }),
    );
    decoded$.pipe(
      // @ts-expect-error -- misspelt
      filter(({ type }) => type === 'chta'),
    );
  });

  it('turns a lifecycle into a lifecycle that is discriminated by kind and type', () => {
    expectTypeOf(decodedSteps$).toEqualTypeOf<Observable<LifecycleOf<ChatEvent | PresenceEvent>>>();
    decodedSteps$.pipe(
      map(step => {
        if (step.kind === 'comment') expectTypeOf(step).toEqualTypeOf<CommentLifecycle>();
        if (step.kind !== 'event') return;
        if (step.event.type === 'chat') expectTypeOf(step.event.data).toEqualTypeOf<Chat>();
        else expectTypeOf(step.event).toEqualTypeOf<PresenceEvent>();
      }),
    );
  });

  it('narrows to the known types if `others` pass, and to text for the rest', () => {
    const all$ = events$.pipe(decode(decoders, { others: 'pass' }));
    expectTypeOf(all$).toEqualTypeOf<Observable<ChatEvent | PresenceEvent | ServerSentEvent<string, OtherType>>>();
    expectTypeOf(all$.pipe(ofEventType('chat'))).toEqualTypeOf<Observable<ChatEvent>>();
    all$.pipe(
      map(event => {
        expectTypeOf(event.type).toExtend<string>();
        switch (event.type) {
          case 'chat':
            expectTypeOf(event.data).toEqualTypeOf<Chat>();
            return;
          case 'presence':
            expectTypeOf(event.data).toEqualTypeOf<Presence>();
            return;
          default:
            expectTypeOf(event.data).toBeString();
        }
      }),
    );
    expectTypeOf(steps$.pipe(decode(decoders, { others: 'pass' }))).toEqualTypeOf<
      Observable<LifecycleOf<ChatEvent | PresenceEvent | ServerSentEvent<string, OtherType>>>
    >();
  });

  it('excludes `others` if they are explicitly dropped', () => {
    const all$ = events$.pipe(decode(decoders, { others: 'drop', onInvalid: 'skip' }));
    expectTypeOf(all$).toEqualTypeOf<Observable<ChatEvent | PresenceEvent>>();
  });

  it('adds the event that replaces an invalid one to the union', () => {
    const all$ = events$.pipe(
      decode(decoders, {
        onInvalid: (error, event) => {
          expectTypeOf(error).toEqualTypeOf<DecodeError>();
          expectTypeOf(event).toEqualTypeOf<ServerSentEvent>();
          return { type: 'unreadable', data: error.issues.length, lastEventId: event.lastEventId };
        },
      }),
    );
    all$.pipe(
      map(event => {
        switch (event.type) {
          case 'chat':
            expectTypeOf(event.data).toEqualTypeOf<Chat>();
            return;
          case 'presence':
            expectTypeOf(event.data).toEqualTypeOf<Presence>();
            return;
          default:
            expectTypeOf(event.type).toEqualTypeOf<'unreadable'>();
            expectTypeOf(event.data).toEqualTypeOf<number>();
        }
      }),
    );
    expectTypeOf(
      all$.pipe(
        ofEventType('unreadable'),
        map(({ data }) => data),
      ),
    ).toEqualTypeOf<Observable<number>>();
    // @ts-expect-error -- misspelt
    expectTypeOf(all$.pipe(ofEventType('unreadbale'))).toBeObject();
  });

  it('adds nothing to the union for a function that drops invalid events', () => {
    const log = (): void => undefined;
    type Same = Observable<ChatEvent | PresenceEvent>;
    expectTypeOf(events$.pipe(decode(decoders, { onInvalid: () => undefined }))).toEqualTypeOf<Same>();
    expectTypeOf(events$.pipe(decode(decoders, { onInvalid: () => null }))).toEqualTypeOf<Same>();
    expectTypeOf(events$.pipe(decode(decoders, { onInvalid: () => log() }))).toEqualTypeOf<Same>();
    const throwing = events$.pipe(
      decode(decoders, {
        onInvalid: error => {
          throw error;
        },
      }),
    );
    expectTypeOf(throwing).toEqualTypeOf<Same>();
    const sometimes$ = events$.pipe(
      decode(decoders, {
        onInvalid: (_, { type, lastEventId }) =>
          type === 'chat' ? { type: 'chat', data: { text: '' }, lastEventId } : undefined,
      }),
    );
    expectTypeOf(sometimes$.pipe(map(({ type }) => type))).toEqualTypeOf<Observable<'chat' | 'presence'>>();
    expectTypeOf(sometimes$.pipe(ofEventType('chat'))).toExtend<Observable<ChatEvent>>();
  });

  it('rejects wrong decoders and unknown options', () => {
    const refused = [
      // @ts-expect-error -- a type name as a decoder
      () => decode({ chat: 'Chat' }),
      // @ts-expect-error -- a decoder of decoded data
      () => decode({ chat: (data: Chat) => data }),
      // @ts-expect-error -- no decoder
      () => decode(undefined),
      // @ts-expect-error -- misspelt
      () => decode(decoders, { onInvalid: 'ignore' }),
      // @ts-expect-error -- misspelt
      () => decode(decoders, { others: 'keep' }),
      // @ts-expect-error -- a number isn't an event
      () => decode(decoders, { onInvalid: () => 7 }),
      // @ts-expect-error -- the data of the events is no longer text
      () => events$.pipe(decode(decoders), decode(decoders)),
    ];
    expectTypeOf(refused).toBeArray();
  });
});
