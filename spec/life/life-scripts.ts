import fc from 'fast-check';
import type { Decision, LifeOptions, Reaction } from '../support/life-options.js';
import type { Sent } from '../support/numbered-log.js';

const maybe = <T>(...values: readonly T[]) => fc.constantFrom<T | undefined>(undefined, ...values);
const rarely = fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

/** The settings of random streams. */
export const options: fc.Arbitrary<LifeOptions> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  resume: fc.constantFrom('none', 'url', 'function'),
  reconnect: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(undefined, undefined, undefined, undefined, false as const) },
    {
      weight: 3,
      arbitrary: fc.record({
        count: maybe(0, 1, 2, Infinity, Infinity, Infinity),
        onEnd: maybe(true, false),
        when: fc.oneof(
          fc.constant('default' as const),
          fc.constant('later' as const),
          fc.record({ says: maybe<Decision>(true, true, false, 0, 700) }),
        ),
        delay: fc.constantFrom('number', 'number', 'later'),
      }),
    },
  ),
  lastEventId: fc.constantFrom('', '3'),
  hasStore: fc.boolean(),
  connectWhile: fc.constantFrom('none', 'silent', 'true', 'true'),
  hasRenew: fc.boolean(),
  slow: fc.constantFrom('none', 'none', 'headers', 'prepare', 'resume', 'validate'),
  positionInData: rarely,
  hasIsGap: fc.boolean(),
  hasIsLast: fc.boolean(),
  connectTimeout: fc.constantFrom(0, 5000),
  idleTimeout: fc.constantFrom(0, 0, 20_000),
  drops: rarely,
  actsFirst: fc.boolean(),
});

/** The commands of random scripts. */
export const steps = fc.array(
  fc.oneof(
    // The next step if nothing goes wrong.
    { weight: 10, arbitrary: fc.constant({ do: 'go' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('open' as const), header: fc.constantFrom('same', 'newest', 'none') }),
    },
    {
      weight: 24,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        what: fc.array(
          fc.constantFrom<Sent>(
            ...Array<Sent>(16).fill('event'),
            ...([
              'bare',
              'move',
              'move',
              'gap',
              'gap',
              'comment',
              'retry 1500',
              'retry 6000',
              'clear',
              'last',
            ] as const),
          ),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    },
    { weight: 12, arbitrary: fc.record({ do: fc.constantFrom('cut', 'cut', 'fail', 'end') }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('refuse' as const),
        status: fc.constantFrom(503, 503, 503, 410, 410, 409, 412, 404, 204),
        retryAfter: maybe(7),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        do: fc.constant('react' as const),
        reaction: fc.constantFrom<Reaction>('pause', 'pause', 'run', 'run', 'pause, run', 'renew', 'renew, pause'),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        do: fc.constant('arm' as const),
        kind: fc.constantFrom(
          ...['connecting', 'open', 'gap', 'event', 'event', 'comment', 'retry-time', 'waiting', 'paused'],
          ...['headers', 'resume', 'when', 'delay'],
        ),
        reaction: fc.constantFrom<Reaction>(
          ...(['pause', 'pause', 'run', 'run', 'pause, run', 'pause, run'] as const),
          ...(['renew', 'renew', 'renew, pause', 'unsubscribe'] as const),
        ),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        length: fc.constantFrom<number>(1, 500, 999, 1000, 3000, 4000, 20_000, 90_000),
        isLate: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.constant({ do: 'wake' as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        decision: maybe<Decision>(true, true, false, 0, 700),
        fails: rarely,
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('hold' as const), holds: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('flush' as const), limit: fc.constantFrom(1, 2, 100) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('settle', 'spoil', 'spoil renew', 'unsubscribe') }) },
  ),
  { maxLength: 80, size: 'max' },
);
export type Command = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;
