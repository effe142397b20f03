// The types that the compiler infers for `toActions`. `npm run types` checks them, and each `@ts-expect-error` requires an error.
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expectTypeOf'] }] */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { Observable } from 'rxjs';
import { type ActionOf, type ConnectionState, decode, toActions } from '../../src/index.js';
import {
  type Chat,
  type ChatEvent,
  decodedSteps$,
  decoders,
  type Presence,
  snapshotSteps$,
  steps$,
} from './typed-streams.js';

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
