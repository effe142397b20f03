import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject, take } from 'rxjs';
import { decode, DecodeError, type EventSourceLifecycle, type ServerSentEvent } from '../../src/index.js';
import { firstSeed } from '../support/random-stream.js';
import { fail } from './fail.js';
import { settled } from './settled.js';

afterEach(settled);

describe('decode', () => {
  describe('with random sync and async decoders', () => {
    const RUNS = 500;
    const seen = { events: 0, later: 0, failed: 0 };
    afterAll(() => {
      console.log(
        `SEED=${firstSeed}: ${RUNS} sequences with ${seen.events} events, ${seen.later} decoded later, ` +
          `${seen.failed} ended by an error`,
      );
    });

    /** A notification that the subscriber receives. */
    type Notification = readonly ['next', unknown] | readonly ['error', unknown] | readonly ['complete'];

    const steps = fc.array(
      fc.oneof(
        { weight: 1, arbitrary: fc.constant('comment' as const) },
        {
          weight: 4,
          arbitrary: fc.record({
            type: fc.constantFrom('a', 'constructor', '__proto__', 'toString', 'unlisted'),
            verdict: fc.oneof(
              { weight: 5, arbitrary: fc.constant('good' as const) },
              { weight: 1, arbitrary: fc.constant('bad' as const) },
            ),
            later: fc.boolean(),
          }),
        },
      ),
      { maxLength: 12, size: 'max' },
    );
    const cases = fc.record({
      steps,
      end: fc.constantFrom('complete', 'error', 'never'),
      onInvalid: fc.constantFrom(
        'error' as const,
        'skip' as const,
        'replace' as const,
        'drop' as const,
        'throw' as const,
      ),
      others: fc.constantFrom('drop' as const, 'pass' as const),
      taken: fc.option(fc.integer({ min: 1, max: 6 })),
    });
    type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

    const LISTED = ['a', 'constructor', '__proto__'];
    const lost = new Error('lost');
    const thrown = new Error('thrown');

    /** Returns the lifecycle of a case. The data of each event determines how it is decoded. */
    const lifecycle = ({ steps }: Case): EventSourceLifecycle[] =>
      steps.map((step, index) =>
        step === 'comment'
          ? { kind: 'comment', text: String(index) }
          : {
              kind: 'event',
              event: {
                type: step.type,
                data: `${index} ${step.verdict} ${step.later ? 'later' : 'at once'}`,
                lastEventId: String(index),
              },
            },
      );

    /** A synchronous model of `decode`: handles one step after the other. */
    function reference(example: Case): Notification[] {
      const { end, onInvalid, others, taken } = example;
      const told: Notification[] = [];
      const next = (value: unknown) => {
        told.push(['next', value]);
        if (told.length === taken) told.push(['complete']);
        return told.length > (taken ?? Infinity);
      };
      for (const step of lifecycle(example)) {
        if (step.kind !== 'event') {
          if (next(step)) return told;
          continue;
        }
        const { event } = step;
        const isListed = LISTED.includes(event.type);
        if (isListed && event.data.includes('bad')) {
          if (onInvalid === 'error') return [...told, ['error', event]];
          if (onInvalid === 'throw') return [...told, ['error', thrown]];
          if (onInvalid === 'replace' && next({ kind: 'event', event: { ...event, type: 'bad' } })) return told;
        } else if (isListed) {
          if (next({ kind: 'event', event: { ...event, data: parseInt(event.data) } })) return told;
        } else if (others === 'pass' && next(step)) return told;
      }
      if (end === 'error') told.push(['error', lost]);
      if (end === 'complete') told.push(['complete']);
      return told;
    }

    /** Returns the notifications of `decode` itself, with steps and results in any possible order. */
    async function actual(example: Case, scheduler: fc.Scheduler): Promise<Notification[]> {
      const { end, onInvalid, others, taken } = example;
      const decoder = (text: string) => {
        seen.events++;
        const data = () => (text.includes('bad') ? fail(new Error('bad'))() : parseInt(text));
        if (!text.includes('later')) return data();
        seen.later++;
        return scheduler.schedule(Promise.resolve(), text).then(data);
      };
      const replacements = {
        error: 'error',
        skip: 'skip',
        replace: (_: unknown, event: ServerSentEvent) => ({ ...event, type: 'bad' }),
        drop: () => undefined,
        throw: fail(thrown),
      } as const;
      const source = new Subject<EventSourceLifecycle>();
      const told: Notification[] = [];
      const decoded = source.pipe(
        decode(Object.fromEntries(LISTED.map(type => [type, decoder])), {
          onInvalid: replacements[onInvalid],
          others,
        }),
      );
      decoded.pipe(take(taken ?? Infinity)).subscribe({
        next: step => told.push(['next', step]),
        error: (error: unknown) => {
          seen.failed++;
          told.push(['error', error instanceof DecodeError ? error.event : error]);
        },
        complete: () => told.push(['complete']),
      });
      const arrivals = [
        ...lifecycle(example).map(step => () => source.next(step)),
        ...(end === 'error' ? [() => source.error(lost)] : []),
        ...(end === 'complete' ? [() => source.complete()] : []),
      ];
      scheduler.scheduleSequence(
        arrivals.map((arrive, index) => ({
          label: `arrival ${index}`,
          builder: () => {
            arrive();
            return Promise.resolve();
          },
        })),
      );
      await scheduler.waitIdle();
      await settled();
      return told;
    }

    it('emits the same as if all events were decoded synchronously', async () => {
      await fc.assert(
        fc.asyncProperty(cases, fc.scheduler(), async (example, scheduler) => {
          expect(await actual(example, scheduler)).toEqual(reference(example));
        }),
        { seed: firstSeed, numRuns: RUNS },
      );
    });
  });
});
