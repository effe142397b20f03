import type { EventFacts, StreamFacts, WatchEnd } from '../facts.js';
import { createInflater, type Inflater } from './inflate.js';
import type { Answer } from './send-request.js';
import { StreamLog } from './stream-log.js';
import { type Bounds, failureOf } from './within.js';

/** The largest number of bytes to read, before and after decompression. */
const MAX_BYTES = 16 * 1024 * 1024;

/** How long to watch, and what ends it earlier. */
export interface WatchOptions extends Bounds {
  /** Called with each event; `true` ends the watch. */
  readonly isSettled?: (event: EventFacts) => boolean;
}

/**
 * Reads the body of a response until the time is over, or until it ends or breaks. Closes the response, and never
 * rejects.
 */
export function watchStream(answer: Answer, options: WatchOptions): Promise<StreamFacts> {
  return new Promise(resolve => new Watch(answer, options, resolve).start());
}

/** One watch. After `finish`, nothing of it is left. */
class Watch {
  private readonly since = performance.now();
  private readonly log: StreamLog;
  private inflater: Inflater | undefined;
  private wireBytes = 0;
  private bytes = 0;
  private inflateFailure: Pick<StreamFacts, 'inflateFailure'> = {};
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isFinished = false;

  constructor(
    private readonly answer: Answer,
    private readonly options: WatchOptions,
    private readonly done: (facts: StreamFacts) => void,
  ) {
    this.log = new StreamLog(event => {
      if (options.isSettled?.(event)) this.finish('settled');
    });
  }

  start(): void {
    const { signal, limit } = this.options;
    if (signal.aborted) {
      this.finish('aborted');
      return;
    }
    signal.addEventListener('abort', this.abort);
    this.timer = setTimeout(() => this.finish('watched'), limit);
    const { body } = this.answer;
    body
      .on('data', (chunk: Uint8Array) => this.receive(chunk))
      .on('end', () => this.endOfBody())
      .on('error', (error: unknown) => this.finish('cut', error))
      .on('close', () => {
        if (!body.readableEnded) this.finish('cut');
      });
  }

  private readonly abort = () => this.finish('aborted');

  private receive(chunk: Uint8Array): void {
    if (this.isFinished) return;
    if (this.wireBytes === 0) this.openInflater(chunk[0] ?? 0);
    this.wireBytes += chunk.length;
    if (this.wireBytes > MAX_BYTES) this.finish('full');
    else if (this.inflater) this.inflater.write(chunk);
    else this.read(chunk);
  }

  private openInflater(firstByte: number): void {
    try {
      this.inflater = createInflater(this.answer.facts.headers['content-encoding'] ?? '', firstByte);
    } catch (error) {
      this.failInflating(error);
      return;
    }
    this.inflater
      ?.on('data', (chunk: Uint8Array) => this.read(chunk))
      .on('end', () => this.finish('ended'))
      .on('error', (error: unknown) => this.failInflating(error));
  }

  private failInflating(error: unknown): void {
    this.inflateFailure = { inflateFailure: failureOf(error) };
    this.finish('full');
  }

  private read(chunk: Uint8Array): void {
    if (this.isFinished) return;
    this.bytes += chunk.length;
    try {
      this.log.push(chunk, performance.now() - this.since);
    } catch (error) {
      this.finish('full', error);
      return;
    }
    if (this.bytes > MAX_BYTES) this.finish('full');
  }

  /** The rest is decompressed first. */
  private endOfBody(): void {
    const { body } = this.answer;
    // With HTTP/2, a reset stream looks as if it ended.
    if ('rstCode' in body && body.rstCode !== undefined && body.rstCode !== 0) this.finish('cut');
    else if (this.inflater) this.inflater.end();
    else this.finish('ended');
  }

  private finish(end: WatchEnd, error?: unknown): void {
    if (this.isFinished) return;
    this.isFinished = true;
    clearTimeout(this.timer);
    this.options.signal.removeEventListener('abort', this.abort);
    this.inflater?.destroy();
    this.answer.close();
    this.done({
      ...this.log.facts(),
      ...this.inflateFailure,
      ms: performance.now() - this.since,
      end,
      wireBytes: this.wireBytes,
      ...(error !== undefined && { failure: failureOf(error) }),
    });
  }
}
