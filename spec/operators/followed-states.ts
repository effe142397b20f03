import { type Observable, Subject } from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  type ConnectionStateOptions,
  type EventSourceLifecycle,
  IDLE_CONNECTION,
} from '../../src/index.js';
import { clock, lifecycle } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import type { Step } from '../support/steps.js';

export const state = (change: Partial<ConnectionState>): ConnectionState => ({ ...IDLE_CONNECTION, ...change });

/** Observes the state on the fake clock. `news` returns the states emitted since its last call. */
export const follow = (source: Observable<EventSourceLifecycle> = lifecycle()) => {
  const followed = observe(source.pipe(connectionState({ scheduler: clock })));
  return { followed, news: () => followed.values.splice(0) };
};

export const statuses = (states: readonly ConnectionState[]) => states.map(({ status }) => status);

/** Observes the state of steps that the test plays one by one. */
export const played = (options?: ConnectionStateOptions) => {
  const steps = new Subject<Step>();
  const followed = observe(steps.pipe(connectionState({ scheduler: clock, ...options })));
  const play = (...all: Step[]) => {
    for (const step of all) steps.next(step);
    return followed.values.splice(0);
  };
  play();
  return { steps, followed, play };
};
