import { BAD, type Step } from './resource-steps.js';

/** The `reset` of the resource. */
export const reset = (value: string) => `(${value})`;

interface Stream {
  readonly url: string;
  position: string;
  wasOpen: boolean;
}

/** A model of the resource's state, step by step, without signals, streams and effects. */
export class ResourceModel {
  status = 'loading';
  value = '-';
  lastEventId = '';
  connection = 'idle';
  request: string | undefined = '/a';
  /** The stream of the request. */
  private stream: Stream | undefined = { url: '/a', position: '', wasOpen: false };
  private isReload = false;
  private due = true;
  private destroyed = false;
  /** The current connection: to the stream of the request, or still to the previous one. */
  run:
    | { stream: Stream; is: 'requested' | 'open' | 'waiting'; from: string; isReload: boolean; hasEvents: boolean }
    | undefined;

  constructor(private readonly options: { readonly many: boolean; readonly reset: boolean }) {}

  get error(): boolean {
    return this.status === 'error';
  }

  /** Returns whether the step is possible now. */
  allows(step: Step): boolean {
    const is = this.run?.is;
    switch (step.do) {
      case 'open':
      case 'refuse':
        return is === 'requested';
      case 'chunk':
      case 'break':
      case 'end':
        return is === 'open';
      default:
        return true;
    }
  }

  follow(step: Step): boolean | undefined {
    const { run } = this;
    switch (step.do) {
      case 'effects':
        if (this.destroyed || !this.due) return;
        this.due = false;
        this.run = this.stream && {
          stream: this.stream,
          is: 'requested',
          from: this.stream.position,
          isReload: this.isReload,
          hasEvents: false,
        };
        if (this.run) this.connection = 'connecting';
        return;
      case 'request':
        if (this.destroyed) return;
        if (step.request === this.request && this.request !== 'throw') return;
        this.request = step.request;
        this.due = true;
        this.isReload = false;
        this.stream = step.request?.startsWith('/') ? { url: step.request, position: '', wasOpen: false } : undefined;
        this.status = this.stream ? 'loading' : step.request ? 'error' : 'idle';
        [this.value, this.lastEventId, this.connection] = ['-', '', 'idle'];
        return;
      case 'reload':
        if (this.destroyed || !this.stream) return false;
        this.run = undefined;
        this.due = this.isReload = true;
        [this.status, this.connection] = ['reloading', 'idle'];
        return true;
      case 'destroy':
        this.destroyed = true;
        this.run = undefined;
        return;
      case 'open':
        if (!run) return;
        run.is = 'open';
        this.tell(run, () => {
          const isAnew = run.isReload && run.stream.wasOpen;
          // After events, a connection that requests no position is a gap.
          if (run.from === '' && (isAnew || run.hasEvents)) {
            if (this.options.reset) this.value = reset(this.value);
            else if (isAnew) [this.value, this.lastEventId] = ['-', ''];
          }
          run.stream.wasOpen = true;
          run.isReload = false;
          [this.status, this.connection] = ['resolved', 'open'];
        });
        return;
      case 'chunk':
        if (run) this.take(run, step.events);
        return;
      case 'refuse':
        if (!run) return;
        if (step.code === 503) this.loseIt(run);
        else {
          this.run = undefined;
          this.tell(run, () => {
            [this.status, this.connection] = step.code === 204 ? ['resolved', 'closed'] : ['error', 'failed'];
          });
        }
        return;
      case 'break':
      case 'end':
        if (run) this.loseIt(run);
        return;
      case 'wait':
        if (run?.is !== 'waiting') return;
        [run.is, run.from] = ['requested', run.stream.position];
        this.tell(run, () => (this.connection = 'connecting'));
        return;
    }
  }

  private loseIt(run: NonNullable<ResourceModel['run']>): void {
    run.is = 'waiting';
    this.tell(run, () => (this.connection = 'waiting'));
  }

  private take(
    run: NonNullable<ResourceModel['run']>,
    events: readonly { id?: string | undefined; data: string }[],
  ): void {
    const isCurrent = run.stream === this.stream;
    run.hasEvents ||= events.length > 0;
    let [value, lastEventId] = [this.value, this.lastEventId];
    for (const { id, data } of events) {
      run.stream.position = id ?? run.stream.position;
      if (!isCurrent) continue;
      if (data === BAD) {
        this.run = undefined;
        [this.status, this.connection] = ['error', 'failed'];
        // With `reduceMany`, a chunk that fails was received as a whole, but adds nothing to the value.
        if (this.options.many) {
          run.stream.position = events.reduce((position, { id }) => id ?? position, run.stream.position);
          return;
        }
        break;
      }
      value += data;
      lastEventId = run.stream.position;
    }
    if (isCurrent) [this.value, this.lastEventId] = [value, lastEventId];
  }

  private tell(run: NonNullable<ResourceModel['run']>, change: () => void): void {
    if (run.stream === this.stream) change();
  }
}
