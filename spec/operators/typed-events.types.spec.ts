// The types that the compiler infers for the operators. `npm run types` checks them, and each `@ts-expect-error` requires an error.
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expectTypeOf'] }] */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { asyncScheduler, map, type Observable } from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  decode,
  type DecodedData,
  events,
  json,
  ofEventType,
  type ServerSentEvent,
  shareLifecycle,
} from '../../src/index.js';
import {
  type Chat,
  type ChatEvent,
  decodedSteps$,
  decoded$,
  decoders,
  events$,
  type LifecycleOf,
  type PresenceEvent,
  snapshotSteps$,
  steps$,
} from './typed-streams.js';

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
