// The types that the compiler infers for the operators. `npm run types` checks them, and each `@ts-expect-error` requires an error.
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expectTypeOf'] }] */
import { describe, it } from '@jest/globals';
import { type } from 'arktype';
import { expectTypeOf } from 'expect-type';
import { asyncScheduler, filter, map, type Observable } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  type ActionOf,
  type CommentLifecycle,
  type ConnectionState,
  connectionState,
  decode,
  type DecodedData,
  type DecodedEvent,
  type DecodeError,
  type EventLifecycle,
  events,
  type EventSourceLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  type GapLifecycle,
  type Json,
  json,
  ofEventType,
  type OtherType,
  routeTo,
  type ServerSentEvent,
  shareLifecycle,
  type SnapshotLifecycle,
  toActions,
} from '../../src/index.js';

interface Chat {
  readonly text: string;
}
interface Presence {
  readonly who: string;
  readonly online: boolean;
}

type ChatEvent = ServerSentEvent<Chat, 'chat'>;
type PresenceEvent = ServerSentEvent<Presence, 'presence'>;
/** A lifecycle with events of the type `Event`, written out. */
type LifecycleOf<Event extends ServerSentEvent<unknown>> =
  Exclude<EventSourceLifecycle, EventLifecycle> | EventLifecycle<Event>;

const decoders = { chat: json<Chat>(), presence: json<Presence>() };
const url = 'https://example.org/chat';

// Nothing connects, because nothing subscribes.
const events$ = fromEventSource(url);
const steps$ = fromEventSourceLifecycle(url);
const decoded$ = events$.pipe(decode(decoders));
const decodedSteps$ = steps$.pipe(decode(decoders));

describe('ofEventType', () => {
  it('types the events of a plain stream', () => {
    const some$ = events$.pipe(ofEventType('joined', 'left'));
    expectTypeOf(some$).toEqualTypeOf<Observable<ServerSentEvent<string, 'joined' | 'left'>>>();
    expectTypeOf(events$.pipe(json<Chat>(), ofEventType('chat'))).toEqualTypeOf<Observable<ChatEvent>>();
  });

  it('narrows a union to the events of its types', () => {
    expectTypeOf(decoded$.pipe(ofEventType('chat'))).toEqualTypeOf<Observable<ChatEvent>>();
    expectTypeOf(decoded$.pipe(ofEventType('chat', 'presence'))).toEqualTypeOf<Observable<ChatEvent | PresenceEvent>>();
    expectTypeOf(events$.pipe(decode(decoders), ofEventType('presence'))).toEqualTypeOf<Observable<PresenceEvent>>();
  });

  it('narrows the events of a lifecycle, and keeps its other steps', () => {
    const some$ = steps$.pipe(ofEventType('joined'));
    expectTypeOf(some$).toEqualTypeOf<Observable<LifecycleOf<ServerSentEvent<string, 'joined'>>>>();
    expectTypeOf(decodedSteps$.pipe(ofEventType('chat'))).toEqualTypeOf<Observable<LifecycleOf<ChatEvent>>>();
    expectTypeOf(steps$.pipe(decode(decoders), ofEventType('chat'))).toEqualTypeOf<
      Observable<LifecycleOf<ChatEvent>>
    >();
  });

  it('narrows events that are already narrow', () => {
    const again$ = events$.pipe(ofEventType('joined', 'left'), ofEventType('left'));
    expectTypeOf(again$).toEqualTypeOf<Observable<ServerSentEvent<string, 'left'>>>();
  });

  it('passes the narrow type to the next operator', () => {
    const texts$ = events$.pipe(
      decode(decoders),
      ofEventType('chat'),
      map(({ data }) => data.text),
    );
    expectTypeOf(texts$).toEqualTypeOf<Observable<string>>();
  });

  it('rejects a type that isn’t in the union', () => {
    // @ts-expect-error -- misspelt
    expectTypeOf(decoded$.pipe(ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, next to a correct one
    expectTypeOf(decoded$.pipe(ofEventType('chat', 'presnce'))).toBeObject();
    // @ts-expect-error -- misspelt, on a lifecycle
    expectTypeOf(decodedSteps$.pipe(ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(events$.pipe(decode(decoders), ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe of a lifecycle
    expectTypeOf(steps$.pipe(decode(decoders), ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- already filtered out
    expectTypeOf(events$.pipe(ofEventType('joined'), ofEventType('left'))).toBeObject();
  });

  it('rejects arguments that aren’t types, and a call without one', () => {
    const refused = [
      // @ts-expect-error -- a number isn't a type
      () => events$.pipe(ofEventType(1)),
      // @ts-expect-error -- types in an array
      () => events$.pipe(ofEventType(['joined'])),
      // @ts-expect-error -- a call without a type
      () => events$.pipe(ofEventType()),
    ];
    expectTypeOf(refused).toBeArray();
  });
});

describe('json', () => {
  it('as an operator, types the data, and keeps the type of the events', () => {
    expectTypeOf(events$.pipe(json<Chat>())).toEqualTypeOf<Observable<ServerSentEvent<Chat>>>();
  });

  it('types the data as unknown without a type argument', () => {
    expectTypeOf(events$.pipe(json())).toEqualTypeOf<Observable<ServerSentEvent<unknown>>>();
    expectTypeOf<DecodedData<ReturnType<typeof json>>>().toBeUnknown();
  });

  it('doesn’t accept a lifecycle directly', () => {
    // @ts-expect-error -- `decode(json())` accepts it
    expectTypeOf(steps$.pipe(json<Chat>())).toBeObject();
    expectTypeOf(steps$.pipe(decode(json<Chat>()))).toEqualTypeOf<Observable<LifecycleOf<ServerSentEvent<Chat>>>>();
  });
});

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

/** A snapshot that `withSnapshot` adds to a lifecycle. */
interface Room {
  readonly texts: readonly string[];
}
const snapshotSteps$: Observable<LifecycleOf<ChatEvent | PresenceEvent> | SnapshotLifecycle<Room>> = decodedSteps$;

describe('routeTo', () => {
  it('infers the parameters of its functions from the decoders', () => {
    const routed$ = decodedSteps$.pipe(
      routeTo({
        events: {
          chat: (data, event) => {
            expectTypeOf(data).toEqualTypeOf<Chat>();
            expectTypeOf(event).toEqualTypeOf<ChatEvent>();
          },
          presence: data => expectTypeOf(data).toEqualTypeOf<Presence>(),
        },
        state: state => expectTypeOf(state).toEqualTypeOf<ConnectionState>(),
        gap: gap => expectTypeOf(gap).toEqualTypeOf<GapLifecycle>(),
        reset: gap => expectTypeOf(gap).toEqualTypeOf<GapLifecycle>(),
      }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
    const texts$ = steps$.pipe(
      ofEventType('joined'),
      routeTo({ events: { joined: data => expectTypeOf(data).toEqualTypeOf<string>() } }),
    );
    expectTypeOf(texts$).toEqualTypeOf<Observable<never>>();
  });

  it('infers the parameters of its functions if other events pass', () => {
    const routed$ = steps$.pipe(
      decode(decoders, { others: 'pass' }),
      routeTo({ events: { chat: data => expectTypeOf(data).toEqualTypeOf<Chat>() } }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
  });

  it('types a snapshot as the loaded value', () => {
    const routed$ = snapshotSteps$.pipe(
      routeTo({
        events: { chat: data => expectTypeOf(data).toEqualTypeOf<Chat>() },
        snapshot: room => expectTypeOf(room).toEqualTypeOf<Room>(),
      }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
  });

  it('accepts events with any name, including the names of its other functions', () => {
    const routed$ = steps$.pipe(
      decode({ state: Number, reset: json<Chat>(), gap: json<Presence>(), snapshot: String, events: Boolean }),
      routeTo({
        events: {
          state: data => expectTypeOf(data).toEqualTypeOf<number>(),
          reset: data => expectTypeOf(data).toEqualTypeOf<Chat>(),
          gap: data => expectTypeOf(data).toEqualTypeOf<Presence>(),
          snapshot: data => expectTypeOf(data).toEqualTypeOf<string>(),
          events: data => expectTypeOf(data).toEqualTypeOf<boolean>(),
        },
        state: state => expectTypeOf(state).toEqualTypeOf<ConnectionState>(),
      }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
  });

  it('rejects a route for something that can’t occur', () => {
    const none = () => undefined;
    // @ts-expect-error -- misspelt
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chta: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, next to a correct one
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chat: none, presnce: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(steps$.pipe(decode(decoders), routeTo({ events: { chta: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, outside `events`
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ events: { chat: none }, rest: none }))).toBeFunction();
    // @ts-expect-error -- wrong type of data
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chat: (data: Presence) => data } }))).toBeObject();
    // @ts-expect-error -- events alone have no state
    expectTypeOf(decoded$.pipe(routeTo({ events: { chat: none } }))).toBeObject();
    // @ts-expect-error -- the types of events are unknown without `decode`
    expectTypeOf(steps$.pipe(routeTo({ events: { chat: none } }))).toBeObject();
    // @ts-expect-error -- no snapshot is loaded
    expectTypeOf(decodedSteps$.pipe(routeTo({ snapshot: none }))).toBeObject();
    // @ts-expect-error -- a different snapshot is loaded
    expectTypeOf(snapshotSteps$.pipe(routeTo({ snapshot: (room: Chat) => room }))).toBeObject();
  });

  it('rejects functions for events outside `events`', () => {
    const none = () => undefined;
    // @ts-expect-error -- alone
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ chat: none }))).toBeFunction();
    // @ts-expect-error -- next to others
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ chat: none, state: none }))).toBeFunction();
    // @ts-expect-error -- in the same pipe
    expectTypeOf(() => steps$.pipe(decode(decoders), routeTo({ chat: none, reset: none }))).toBeFunction();
    const routes = { chat: none, state: none };
    // @ts-expect-error -- not an object literal
    expectTypeOf(() => decodedSteps$.pipe(routeTo(routes))).toBeFunction();
  });
});

describe('toActions', () => {
  const said = (payload: Chat) => ({ type: 'chat/said', payload }) as const;
  const moved = (payload: Presence) => ({ type: 'chat/moved', payload }) as const;
  const connection = (payload: ConnectionState) => ({ type: 'chat/connection', payload }) as const;

  it('returns the union of what its functions return', () => {
    const actions$ = decodedSteps$.pipe(
      toActions({
        events: { chat: said, presence: moved },
        state: connection,
        gap: ({ requested }) => requested,
        reset: () => ({ type: 'chat/reset' }) as const,
      }),
    );
    type Action = ReturnType<typeof said | typeof moved | typeof connection> | { readonly type: 'chat/reset' };
    expectTypeOf(actions$).toEqualTypeOf<Observable<Action | string>>();
    const loaded$ = snapshotSteps$.pipe(toActions({ snapshot: ({ texts }) => texts.length, reset: () => true }));
    expectTypeOf(loaded$).toEqualTypeOf<Observable<number | boolean>>();
  });

  it('infers the parameters of its functions from the decoders', () => {
    const actions$ = decodedSteps$.pipe(
      toActions({
        events: {
          chat: (data, event) => {
            expectTypeOf(data).toEqualTypeOf<Chat>();
            expectTypeOf(event).toEqualTypeOf<ChatEvent>();
            return data.text;
          },
        },
        state: ({ status }) => status === 'open',
      }),
    );
    expectTypeOf(actions$).toEqualTypeOf<Observable<string | boolean>>();
  });

  it('excludes `undefined` and `null`, which make no action', () => {
    const actions$ = steps$.pipe(
      decode(decoders),
      toActions({
        events: {
          chat: data => (data.text ? said(data) : undefined),
          presence: data => (data.online ? moved(data) : null),
        },
        state: () => undefined,
      }),
    );
    expectTypeOf(actions$).toEqualTypeOf<Observable<ReturnType<typeof said | typeof moved>>>();
    type Made = ActionOf<{ events: { chat: typeof said }; reset?: () => undefined }>;
    expectTypeOf<Made>().toEqualTypeOf<ReturnType<typeof said>>();
    expectTypeOf(decodedSteps$.pipe(toActions({}))).toEqualTypeOf<Observable<never>>();
  });

  it('rejects a route for something that can’t occur', () => {
    // @ts-expect-error -- misspelt
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chta: () => 1 } }))).toBeObject();
    // @ts-expect-error -- misspelt, next to a correct one
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chat: said, presnce: () => 1 } }))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(steps$.pipe(decode(decoders), toActions({ events: { chat: said, presnce: () => 1 } }))).toBeObject();
    // @ts-expect-error -- wrong type of data
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chat: moved } }))).toBeObject();
    // @ts-expect-error -- outside `events`
    expectTypeOf(() => decodedSteps$.pipe(toActions({ chat: said, state: connection }))).toBeFunction();
    // @ts-expect-error -- outside `events`, in the same pipe
    expectTypeOf(() => steps$.pipe(decode(decoders), toActions({ chat: said }))).toBeFunction();
    // @ts-expect-error -- no snapshot is loaded
    expectTypeOf(decodedSteps$.pipe(toActions({ snapshot: () => 1 }))).toBeObject();
  });
});

describe('connectionState', () => {
  it('accepts any lifecycle', () => {
    expectTypeOf(steps$.pipe(connectionState())).toEqualTypeOf<Observable<ConnectionState>>();
    expectTypeOf(decodedSteps$.pipe(connectionState())).toEqualTypeOf<Observable<ConnectionState>>();
    expectTypeOf(snapshotSteps$.pipe(connectionState({ grace: 1000 }))).toEqualTypeOf<Observable<ConnectionState>>();
    const passed$ = steps$.pipe(decode(decoders, { others: 'pass' }), ofEventType('chat'), connectionState());
    expectTypeOf(passed$).toEqualTypeOf<Observable<ConnectionState>>();
  });

  it('doesn’t accept plain events, or a scheduler as an argument', () => {
    // @ts-expect-error -- plain events have no state
    expectTypeOf(decoded$.pipe(connectionState())).toBeObject();
    // @ts-expect-error -- the scheduler is an option
    expectTypeOf(steps$.pipe(connectionState(asyncScheduler))).toBeObject();
  });
});

describe('shareLifecycle', () => {
  it('keeps the type of any lifecycle', () => {
    expectTypeOf(steps$.pipe(shareLifecycle())).toEqualTypeOf<typeof steps$>();
    expectTypeOf(decodedSteps$.pipe(shareLifecycle({ linger: 1000 }))).toEqualTypeOf<typeof decodedSteps$>();
    expectTypeOf(snapshotSteps$.pipe(shareLifecycle())).toEqualTypeOf<typeof snapshotSteps$>();
    expectTypeOf(steps$.pipe(decode(decoders), shareLifecycle(), ofEventType('chat'))).toEqualTypeOf<
      Observable<LifecycleOf<ChatEvent>>
    >();
  });

  it('doesn’t accept plain events', () => {
    // @ts-expect-error -- plain events don't contain the state of the connection
    expectTypeOf(events$.pipe(shareLifecycle())).toBeObject();
  });
});

describe('events', () => {
  it('narrows a lifecycle to its events', () => {
    expectTypeOf(steps$.pipe(events())).toEqualTypeOf<Observable<ServerSentEvent>>();
    expectTypeOf(decodedSteps$.pipe(events())).toEqualTypeOf<typeof decoded$>();
    expectTypeOf(snapshotSteps$.pipe(events())).toEqualTypeOf<Observable<ChatEvent | PresenceEvent>>();
    expectTypeOf(steps$.pipe(decode(decoders), shareLifecycle(), events(), ofEventType('chat'))).toEqualTypeOf<
      Observable<ChatEvent>
    >();
  });

  it('doesn’t accept plain events', () => {
    // @ts-expect-error -- they are plain already
    expectTypeOf(events$.pipe(events())).toBeObject();
  });
});
