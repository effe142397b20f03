import { Observable, Subject } from 'rxjs';
import { shareLifecycle, type ShareLifecycleOptions } from '../../src/index.js';
import { clock } from '../support/fake-lifecycle.js';
import type { Observed } from '../support/observe.js';
import type { Step } from '../support/steps.js';

export const LINGER = 5000;

/** A source that counts its subscriptions. The test plays the steps of the latest one. */
export function played(options?: ShareLifecycleOptions) {
  let steps = new Subject<Step>();
  const count = { subscribed: 0, live: 0 };
  const source = new Observable<Step>(subscriber => {
    count.subscribed++;
    count.live++;
    subscriber.add(() => count.live--);
    steps = new Subject<Step>();
    return steps.subscribe(subscriber);
  });
  return {
    count,
    shared$: source.pipe(shareLifecycle({ scheduler: clock, ...options })),
    play: (...all: Step[]) => all.forEach(step => steps.next(step)),
    fail: (error: unknown) => steps.error(error),
    complete: () => steps.complete(),
  };
}

export const say = (step: Step) =>
  step.kind === 'event' ? step.event.data : step.kind === 'gap' ? `gap ${step.requested}` : step.kind;
export const heard = (observed: Observed<Step>) => observed.values.map(say);
