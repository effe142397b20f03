import { SynchronousPromise } from './synchronous-promise.js';

type Read = { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };
const END: Read = { done: true, value: undefined };

/** The body of a fake answer: what is read of a `ReadableStream`, answered without microtasks. */
export class FakeBody {
  /** Reads are answered within the call that sends: `fromEventSource` needs no task of its own between them. */
  readonly synchronous = true;
  locked = false;
  private readonly chunks: Uint8Array[] = [];
  private end: { readonly error?: unknown } | undefined;
  private pending: SynchronousPromise<Read> | undefined;

  constructor(private readonly onCancel: () => void) {}

  getReader() {
    if (this.locked) throw new TypeError('Expected a body that is not locked');
    this.locked = true;
    return {
      read: () => this.read(),
      cancel: () => this.cancel(),
      releaseLock: () => this.releaseLock(),
    };
  }

  cancel(): SynchronousPromise<void> {
    this.finish({});
    this.chunks.length = 0;
    this.onCancel();
    const cancelled = new SynchronousPromise<void>();
    cancelled.resolve();
    return cancelled;
  }

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.answer();
  }

  /** Ends it after what was pushed; with an `error` it breaks. */
  finish(end: { readonly error?: unknown }): void {
    this.end ??= end;
    this.answer();
  }

  private read(): PromiseLike<Read> {
    const read = (this.pending = new SynchronousPromise<Read>());
    this.answer();
    return read;
  }

  private answer(): void {
    const { pending, end } = this;
    if (!pending || (this.chunks.length === 0 && !end)) return;
    this.pending = undefined;
    const value = this.chunks.shift();
    if (value) pending.resolve({ done: false, value });
    else if (end && 'error' in end) pending.reject(end.error);
    else pending.resolve(END);
  }

  private releaseLock(): void {
    this.locked = false;
    this.pending?.reject(new TypeError('The reader was released'));
    this.pending = undefined;
  }
}
