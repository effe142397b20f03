import { jest } from '@jest/globals';
import { Subject } from 'rxjs';
import { type Answer, type SnapshotOptions, withSnapshot } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { isIn, type Lifecycle, say } from './snapshot-steps.js';

/** A stream whose steps and snapshots the test provides. */
export class Stand {
  readonly source = new Subject<Lifecycle>();
  readonly loads: Subject<number>[] = [];
  readonly clock = new Clock();
  readonly load = jest.fn((): Answer<number> => {
    const answer = new Subject<number>();
    this.loads.push(answer);
    return answer;
  });

  merged(options: Partial<SnapshotOptions<number>> = {}) {
    return this.source.pipe(
      withSnapshot({ load: this.load, isIn, scheduler: this.clock, reconnect: { delay: 1000, jitter: 0 }, ...options }),
    );
  }

  send(...steps: Lifecycle[]): void {
    for (const step of steps) this.source.next(step);
  }

  answer(snapshot: number, index = this.loads.length - 1): void {
    this.loads[index]?.next(snapshot);
  }

  /** Whether each load is still subscribed to. */
  get observed(): boolean[] {
    return this.loads.map(({ observed }) => observed);
  }
}

/** Observes the stream of a `Stand`. `said` returns its steps as short text. */
export function stand(options: Partial<SnapshotOptions<number>> = {}) {
  const stand = new Stand();
  const stream = observe(stand.merged(options));
  return { stand, stream, said: () => stream.values.map(say).join(' ') };
}
