// Uses the whole public API of `rx-sse/parser`, as `public-face.ts` uses that of the package.
import {
  createEventStreamParser,
  EventSourceError,
  type EventStreamCallbacks,
  EventStreamDecoderStream,
  type EventStreamDecoderStreamOptions,
  type EventStreamHandler,
  type EventStreamLimits,
  type EventStreamParser,
  type EventStreamParserOptions,
  EventTooLargeError,
  type ServerSentEvent,
} from '../../src/parser/index.js';

const callbacks: EventStreamCallbacks = {
  onComment: text => text.length,
  onRetryTime: milliseconds => milliseconds + 1,
  onIgnoredLine: line => line.length,
};
const limits: EventStreamLimits = { lastEventId: '7', maxEventSize: 1000 };
const handler: EventStreamHandler = {
  ...callbacks,
  onEvent: ({ type, data, lastEventId }) => type + data + lastEventId,
};
const options: EventStreamParserOptions = limits;
const decoding: EventStreamDecoderStreamOptions = { ...callbacks, ...limits };

export const parser: EventStreamParser = createEventStreamParser(handler, options);

export const read = async (body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> => {
  parser.push(new Uint8Array(1));
  parser.push('data: a\n\n');
  parser.end();
  const decoder = new EventStreamDecoderStream(decoding);
  const reader: ReadableStreamDefaultReader<ServerSentEvent> = body.pipeThrough(decoder).getReader();
  const { value } = await reader.read();
  return `${value?.data ?? ''} ${parser.lastEventId} ${decoder.lastEventId}`;
};

export const failed = (error: unknown): boolean =>
  error instanceof EventTooLargeError && error instanceof EventSourceError;

// @ts-expect-error -- `onEvent` is needed
export const mistaken = createEventStreamParser({});
