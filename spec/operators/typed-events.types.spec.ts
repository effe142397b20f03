// What the compiler makes of the typed operators: `npm run types` checks it, and each `@ts-expect-error` is an error that must be there.
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
/** A lifecycle with `Event` in the place of its events, written out. */
type LifecycleOf<Event extends ServerSentEvent<unknown>> =
  Exclude<EventSourceLifecycle, EventLifecycle> | EventLifecycle<Event>;

const decoders = { chat: json<Chat>(), presence: json<Presence>() };
const url = 'https://example.org/chat';

// Nothing connects: nothing is subscribed to.
const events$ = fromEventSource(url);
const steps$ = fromEventSourceLifecycle(url);
const decoded$ = events$.pipe(decode(decoders));
const decodedSteps$ = steps$.pipe(decode(decoders));

describe('ofEventType', () => {
  it('gives the events of a plain stream their types', () => {
    const some$ = events$.pipe(ofEventType('joined', 'left'));
    expectTypeOf(some$).toEqualTypeOf<Observable<ServerSentEvent<string, 'joined' | 'left'>>>();
    expectTypeOf(events$.pipe(json<Chat>(), ofEventType('chat'))).toEqualTypeOf<Observable<ChatEvent>>();
  });

  it('narrows a union to those of its events that are of the types', () => {
    expectTypeOf(decoded$.pipe(ofEventType('chat'))).toEqualTypeOf<Observable<ChatEvent>>();
    expectTypeOf(decoded$.pipe(ofEventType('chat', 'presence'))).toEqualTypeOf<Observable<ChatEvent | PresenceEvent>>();
    expectTypeOf(events$.pipe(decode(decoders), ofEventType('presence'))).toEqualTypeOf<Observable<PresenceEvent>>();
  });

  it('narrows the events of a lifecycle, and leaves its other steps', () => {
    const some$ = steps$.pipe(ofEventType('joined'));
    expectTypeOf(some$).toEqualTypeOf<Observable<LifecycleOf<ServerSentEvent<string, 'joined'>>>>();
    expectTypeOf(decodedSteps$.pipe(ofEventType('chat'))).toEqualTypeOf<Observable<LifecycleOf<ChatEvent>>>();
    expectTypeOf(steps$.pipe(decode(decoders), ofEventType('chat'))).toEqualTypeOf<
      Observable<LifecycleOf<ChatEvent>>
    >();
  });

  it('narrows what is narrow already', () => {
    const again$ = events$.pipe(ofEventType('joined', 'left'), ofEventType('left'));
    expectTypeOf(again$).toEqualTypeOf<Observable<ServerSentEvent<string, 'left'>>>();
  });

  it('gives what follows it the narrow type', () => {
    const texts$ = events$.pipe(
      decode(decoders),
      ofEventType('chat'),
      map(({ data }) => data.text),
    );
    expectTypeOf(texts$).toEqualTypeOf<Observable<string>>();
  });

  it('refuses a type that the union does not have', () => {
    // @ts-expect-error -- misspelt
    expectTypeOf(decoded$.pipe(ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, beside one that is not
    expectTypeOf(decoded$.pipe(ofEventType('chat', 'presnce'))).toBeObject();
    // @ts-expect-error -- misspelt, on a lifecycle
    expectTypeOf(decodedSteps$.pipe(ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(events$.pipe(decode(decoders), ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe of a lifecycle
    expectTypeOf(steps$.pipe(decode(decoders), ofEventType('chta'))).toBeObject();
    // @ts-expect-error -- gone already
    expectTypeOf(events$.pipe(ofEventType('joined'), ofEventType('left'))).toBeObject();
  });

  it('refuses what is no type, and a call without one', () => {
    const refused = [
      // @ts-expect-error -- a number is no type
      () => events$.pipe(ofEventType(1)),
      // @ts-expect-error -- types in an array
      () => events$.pipe(ofEventType(['joined'])),
      // @ts-expect-error -- a call without one
      () => events$.pipe(ofEventType()),
    ];
    expectTypeOf(refused).toBeArray();
  });
});

describe('json', () => {
  it('as an operator gives the data its type, and leaves the events theirs', () => {
    expectTypeOf(events$.pipe(json<Chat>())).toEqualTypeOf<Observable<ServerSentEvent<Chat>>>();
  });

  it('knows nothing of the data where nothing is said of it', () => {
    expectTypeOf(events$.pipe(json())).toEqualTypeOf<Observable<ServerSentEvent<unknown>>>();
    expectTypeOf<DecodedData<ReturnType<typeof json>>>().toBeUnknown();
  });

  it('is not for a lifecycle as it is', () => {
    // @ts-expect-error -- `decode(json())` is
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

  it('takes the type of the data from functions, at once or later', () => {
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

  it('takes it from schemas of zod, valibot and arktype: what they make, not what they take', () => {
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

  it('makes of a map a union of events, one for each type', () => {
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

  it('makes of one decoder events of any type', () => {
    expectTypeOf(events$.pipe(decode(json<Chat>()))).toEqualTypeOf<Observable<ServerSentEvent<Chat>>>();
    expectTypeOf(events$.pipe(decode(Number))).toEqualTypeOf<Observable<ServerSentEvent<number>>>();
    expectTypeOf(events$.pipe(decode(zod))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
    expectTypeOf(events$.pipe(decode(valibot))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
    expectTypeOf(events$.pipe(decode(arktype))).toEqualTypeOf<Observable<ServerSentEvent<User>>>();
  });

  it('is discriminated by type', () => {
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

  it('of a lifecycle makes a lifecycle, discriminated by kind and type', () => {
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

  it('with `others` passed narrows to the types that it knows, and to text', () => {
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

  it('drops `others` where that is said', () => {
    const all$ = events$.pipe(decode(decoders, { others: 'drop', onInvalid: 'skip' }));
    expectTypeOf(all$).toEqualTypeOf<Observable<ChatEvent | PresenceEvent>>();
  });

  it('is widened by the event that takes the place of one that is not valid', () => {
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

  it('is not widened by a function that drops what is not valid', () => {
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

  it('refuses what is no decoder, and options that there are not', () => {
    const refused = [
      // @ts-expect-error -- a type for a decoder
      () => decode({ chat: 'Chat' }),
      // @ts-expect-error -- a decoder of what is decoded already
      () => decode({ chat: (data: Chat) => data }),
      // @ts-expect-error -- there is nothing to decode with
      () => decode(undefined),
      // @ts-expect-error -- misspelt
      () => decode(decoders, { onInvalid: 'ignore' }),
      // @ts-expect-error -- misspelt
      () => decode(decoders, { others: 'keep' }),
      // @ts-expect-error -- a number is no event
      () => decode(decoders, { onInvalid: () => 7 }),
      // @ts-expect-error -- events whose data is no text any more
      () => events$.pipe(decode(decoders), decode(decoders)),
    ];
    expectTypeOf(refused).toBeArray();
  });
});

/** As `withSnapshot` makes it of a lifecycle. */
interface Room {
  readonly texts: readonly string[];
}
const snapshotSteps$: Observable<LifecycleOf<ChatEvent | PresenceEvent> | SnapshotLifecycle<Room>> = decodedSteps$;

describe('routeTo', () => {
  it('types what its functions are given by the decoders', () => {
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

  it('types them where others pass', () => {
    const routed$ = steps$.pipe(
      decode(decoders, { others: 'pass' }),
      routeTo({ events: { chat: data => expectTypeOf(data).toEqualTypeOf<Chat>() } }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
  });

  it('types a snapshot by what was loaded', () => {
    const routed$ = snapshotSteps$.pipe(
      routeTo({
        events: { chat: data => expectTypeOf(data).toEqualTypeOf<Chat>() },
        snapshot: room => expectTypeOf(room).toEqualTypeOf<Room>(),
      }),
    );
    expectTypeOf(routed$).toEqualTypeOf<Observable<never>>();
  });

  it('has events of any name, those of its other functions among them', () => {
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

  it('refuses a route for what does not come', () => {
    const none = () => undefined;
    // @ts-expect-error -- misspelt
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chta: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, beside one that is not
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chat: none, presnce: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(steps$.pipe(decode(decoders), routeTo({ events: { chta: none } }))).toBeObject();
    // @ts-expect-error -- misspelt, and not one of events
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ events: { chat: none }, rest: none }))).toBeFunction();
    // @ts-expect-error -- of other data
    expectTypeOf(decodedSteps$.pipe(routeTo({ events: { chat: (data: Presence) => data } }))).toBeObject();
    // @ts-expect-error -- events alone have no state
    expectTypeOf(decoded$.pipe(routeTo({ events: { chat: none } }))).toBeObject();
    // @ts-expect-error -- nothing is known of the types of a stream that is not decoded
    expectTypeOf(steps$.pipe(routeTo({ events: { chat: none } }))).toBeObject();
    // @ts-expect-error -- no snapshot is loaded
    expectTypeOf(decodedSteps$.pipe(routeTo({ snapshot: none }))).toBeObject();
    // @ts-expect-error -- another snapshot is loaded
    expectTypeOf(snapshotSteps$.pipe(routeTo({ snapshot: (room: Chat) => room }))).toBeObject();
  });

  it('refuses functions for events that are not within `events`', () => {
    const none = () => undefined;
    // @ts-expect-error -- alone, without others
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ chat: none }))).toBeFunction();
    // @ts-expect-error -- beside others
    expectTypeOf(() => decodedSteps$.pipe(routeTo({ chat: none, state: none }))).toBeFunction();
    // @ts-expect-error -- in the same pipe
    expectTypeOf(() => steps$.pipe(decode(decoders), routeTo({ chat: none, reset: none }))).toBeFunction();
    const routes = { chat: none, state: none };
    // @ts-expect-error -- not written at the call
    expectTypeOf(() => decodedSteps$.pipe(routeTo(routes))).toBeFunction();
  });
});

describe('toActions', () => {
  const said = (payload: Chat) => ({ type: 'chat/said', payload }) as const;
  const moved = (payload: Presence) => ({ type: 'chat/moved', payload }) as const;
  const connection = (payload: ConnectionState) => ({ type: 'chat/connection', payload }) as const;

  it('gives the union of what its functions give', () => {
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

  it('types what its functions are given by the decoders', () => {
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

  it('leaves out what makes no action', () => {
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

  it('refuses a route for what does not come', () => {
    // @ts-expect-error -- misspelt
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chta: () => 1 } }))).toBeObject();
    // @ts-expect-error -- misspelt, beside one that is not
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chat: said, presnce: () => 1 } }))).toBeObject();
    // @ts-expect-error -- misspelt, in the same pipe
    expectTypeOf(steps$.pipe(decode(decoders), toActions({ events: { chat: said, presnce: () => 1 } }))).toBeObject();
    // @ts-expect-error -- of other data
    expectTypeOf(decodedSteps$.pipe(toActions({ events: { chat: moved } }))).toBeObject();
    // @ts-expect-error -- not within `events`
    expectTypeOf(() => decodedSteps$.pipe(toActions({ chat: said, state: connection }))).toBeFunction();
    // @ts-expect-error -- not within `events`, in the same pipe
    expectTypeOf(() => steps$.pipe(decode(decoders), toActions({ chat: said }))).toBeFunction();
    // @ts-expect-error -- no snapshot is loaded
    expectTypeOf(decodedSteps$.pipe(toActions({ snapshot: () => 1 }))).toBeObject();
  });
});

describe('connectionState', () => {
  it('is piped behind any lifecycle', () => {
    expectTypeOf(steps$.pipe(connectionState())).toEqualTypeOf<Observable<ConnectionState>>();
    expectTypeOf(decodedSteps$.pipe(connectionState())).toEqualTypeOf<Observable<ConnectionState>>();
    expectTypeOf(snapshotSteps$.pipe(connectionState({ grace: 1000 }))).toEqualTypeOf<Observable<ConnectionState>>();
    const passed$ = steps$.pipe(decode(decoders, { others: 'pass' }), ofEventType('chat'), connectionState());
    expectTypeOf(passed$).toEqualTypeOf<Observable<ConnectionState>>();
  });

  it('is not for events alone, and takes no clock', () => {
    // @ts-expect-error -- they have no state
    expectTypeOf(decoded$.pipe(connectionState())).toBeObject();
    // @ts-expect-error -- it goes into the options
    expectTypeOf(steps$.pipe(connectionState(asyncScheduler))).toBeObject();
  });
});

describe('shareLifecycle', () => {
  it('is of the same type, of any lifecycle', () => {
    expectTypeOf(steps$.pipe(shareLifecycle())).toEqualTypeOf<typeof steps$>();
    expectTypeOf(decodedSteps$.pipe(shareLifecycle({ linger: 1000 }))).toEqualTypeOf<typeof decodedSteps$>();
    expectTypeOf(snapshotSteps$.pipe(shareLifecycle())).toEqualTypeOf<typeof snapshotSteps$>();
    expectTypeOf(steps$.pipe(decode(decoders), shareLifecycle(), ofEventType('chat'))).toEqualTypeOf<
      Observable<LifecycleOf<ChatEvent>>
    >();
  });

  it('is not for events alone', () => {
    // @ts-expect-error -- they do not say how the connection stands
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

  it('is not for events alone', () => {
    // @ts-expect-error -- they are narrow already
    expectTypeOf(events$.pipe(events())).toBeObject();
  });
});
