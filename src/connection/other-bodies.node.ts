import type { OpenBody } from './open-body.js';

// Only for Node: bodies that are async iterables, such as those of node-fetch, and can contain text.
// `imports` in package.json selects this file or `other-bodies.ts`.

export { newChunkEncoder as newEncoder } from '../parsing/chunk-encoder.js';

/** Opens a body without `getReader`, if it's readable. */
export function openOtherBody(body: unknown): OpenBody | undefined {
  const stream = body as Partial<NodeJSReadable> | null | undefined;
  return typeof stream?.[Symbol.asyncIterator] === 'function'
    ? new OpenIterable(stream as AsyncIterable<unknown>)
    : undefined;
}

const ignore = () => undefined;

class OpenIterable implements OpenBody {
  private iterator: AsyncIterator<unknown> | undefined;

  constructor(private readonly stream: AsyncIterable<unknown> & Partial<NodeJSReadable>) {}

  read() {
    return (this.iterator ??= this.stream[Symbol.asyncIterator]()).next();
  }

  unsubscribe() {
    // `return` of an iterator waits for the pending read, but destroying a Node stream ends it. Without this listener,
    // a later error would end the process.
    this.stream.on?.('error', ignore);
    this.stream.destroy?.();
    this.iterator?.return?.().catch(ignore);
  }
}

/** A Node stream is more than an async iterable. */
interface NodeJSReadable extends AsyncIterable<unknown> {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}
