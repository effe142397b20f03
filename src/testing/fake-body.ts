import { SynchronousPromise } from './synchronous-promise.js';

type Read = { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value: undefined };
const END: Read = { done: true, value: undefined };

/** The body of a fake response. Has the used part of `ReadableStream`, but answers without microtasks. */
export class FakeBody {
  /** Reads are answered within the call that sends, so `fromEventSource` doesn't need a new task between them. */
  readonly synchronous = true;
  locked = false;
  private chunks: Uint8Array[] = [];
  /** The index of the first unread chunk. Removing it from the front of a long array would be slow. */
  private head = 0;
  private end: { readonly error?: unknown } | undefined;
  private pending: SynchronousPromise<Read> | undefined;

  constructor(private readonly onCancel: () => void = () => undefined) {}

  getReader() {
    if (this.locked) throw new TypeError('The body is locked');
    this.locked = true;
    return {
      read: () => this.read(),
      cancel: () => this.cancel(),
      releaseLock: () => this.releaseLock(),
    };
  }

  cancel(): SynchronousPromise<void> {
    this.abort({});
    this.onCancel();
    const cancelled = new SynchronousPromise<void>();
    cancelled.resolve();
    return cancelled;
  }

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.answer();
  }

  /** Ends the body after all pushed chunks. With an `error`, reading fails. */
  finish(end: { readonly error?: unknown }): void {
    this.end ??= end;
    this.answer();
  }

  /** Ends the body at once. Unread chunks are dropped. */
  abort(end: { readonly error?: unknown }): void {
    this.dropChunks();
    this.finish(end);
  }

  private read(): SynchronousPromise<Read> {
    const read = (this.pending = new SynchronousPromise<Read>());
    this.answer();
    return read;
  }

  private answer(): void {
    const { pending, end } = this;
    if (!pending) return;
    const value = this.chunks[this.head];
    if (!value && !end) return;
    this.pending = undefined;
    if (value) {
      if (++this.head === this.chunks.length) this.dropChunks();
      pending.resolve({ done: false, value });
    } else if (end && 'error' in end) pending.reject(end.error);
    else pending.resolve(END);
  }

  private dropChunks(): void {
    this.chunks = [];
    this.head = 0;
  }

  private releaseLock(): void {
    this.locked = false;
    this.pending?.reject(new TypeError('The reader was released'));
    this.pending = undefined;
  }
}
