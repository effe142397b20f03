import { Subject, Subscription } from 'rxjs';
import type { EventSourceLifecycle, SnapshotLifecycle } from '../../src/index.js';
import { told, wrong } from './snapshot-findings.js';
import type { Play } from './snapshot-play.js';
import type { Act } from './snapshot-world.js';

/** A store that checks the steps that it receives. */
export class Reader {
  private length: number | undefined;
  private subscription = Subscription.EMPTY;
  private busy = false;

  constructor(
    private readonly play: Play,
    private readonly within: (Act | undefined)[],
  ) {}

  join(): void {
    if (!this.subscription.closed) return;
    // Assigned before the first step arrives, so that the reader can leave during `subscribe`.
    const subscription = (this.subscription = new Subscription());
    const stream = new Subject<EventSourceLifecycle | SnapshotLifecycle<number>>();
    subscription.add(stream.subscribe(step => this.next(step)));
    subscription.add(this.play.merged().subscribe(stream));
  }

  leave(): void {
    this.subscription.unsubscribe();
  }

  get holds(): number | undefined {
    return this.length;
  }

  private next(step: EventSourceLifecycle | SnapshotLifecycle<number>): void {
    if (step.kind === 'snapshot') {
      told.snapshots++;
      wrong(step.snapshot < (this.length ?? 0), `${step.snapshot} after ${this.length}`);
      this.length = step.snapshot;
    } else if (step.kind === 'event' && step.event.data !== 'trimmed') {
      told.events++;
      const number = Number(step.event.data);
      wrong(number !== (this.length ?? NaN) + 1, `event ${number} after ${this.length}`);
      this.length = number;
    }
    const act = this.busy ? undefined : this.within.shift();
    if (!act) return;
    this.busy = true;
    this.play.do(act);
    this.busy = false;
  }
}
