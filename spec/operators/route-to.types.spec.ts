// The types that the compiler infers for `routeTo`. `npm run types` checks them, and each `@ts-expect-error` requires an error.
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expectTypeOf'] }] */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { Observable } from 'rxjs';
import { type ConnectionState, decode, type GapLifecycle, json, ofEventType, routeTo } from '../../src/index.js';
import {
  type Chat,
  type ChatEvent,
  decodedSteps$,
  decoded$,
  decoders,
  type Presence,
  type Room,
  snapshotSteps$,
  steps$,
} from './typed-streams.js';

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
    // @ts-expect-error -- without any other function
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
