import fc from 'fast-check';

/** The data of an event that can't be reduced. */
export const BAD = '!';

/** An event without an id, with one, or with an empty one that clears the position. */
const event = fc.record({
  id: fc.option(fc.constantFrom('', '1', '2', '3'), { nil: undefined }),
  data: fc.oneof({ weight: 40, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 1, arbitrary: fc.constant(BAD) }),
});
const step = <K extends string>(...kinds: K[]) => fc.record({ do: fc.constantFrom(...kinds) });

/** The steps of a random script. Some of them aren't possible when their turn comes. */
export const steps = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: step('open') },
    {
      weight: 30,
      arbitrary: fc.record({ do: fc.constant('chunk' as const), events: fc.array(event, { maxLength: 4 }) }),
    },
    { weight: 12, arbitrary: step('break', 'end') },
    { weight: 12, arbitrary: step('wait', 'effects') },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('refuse' as const), code: fc.constantFrom(204, 404, 503, 503) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('request' as const),
        request: fc.constantFrom('/a', '/b', '/a', '/b', undefined, 'throw'),
      }),
    },
    { weight: 8, arbitrary: step('reload') },
    { weight: 1, arbitrary: step('destroy') },
  ),
  { maxLength: 40, size: 'max' },
);

export type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;
