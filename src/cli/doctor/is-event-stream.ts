import type { AnswerFacts } from './facts.js';

/** Returns the media type of a `content-type`, in lower case and without parameters; `''` for none. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Whether an `EventSource` would read the body: status 200 and the type `text/event-stream` (HTML § 9.2.3). */
export function isEventStream({ status, headers }: AnswerFacts): boolean {
  return status === 200 && mediaType(headers['content-type']) === 'text/event-stream';
}
