import type { OpenBody } from './open-body.js';

// What only Node has: bodies that are read as async iterables, such as those of node-fetch, and may be of text.
// `imports` in package.json chooses between this and `other-bodies.ts`.

export { newChunkEncoder as newEncoder } from '../parsing/chunk-encoder.js';

/** A body without `getReader`, if it can be read. */
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
    // `return` of an iterator waits for the read that is pending; destroying a Node stream ends that read. What it still
    // emits then must find a listener, or it ends the process.
    this.stream.on?.('error', ignore);
    this.stream.destroy?.();
    this.iterator?.return?.().catch(ignore);
  }
}

/** What a Node stream has beyond its being async-iterable. */
interface NodeJSReadable extends AsyncIterable<unknown> {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}
