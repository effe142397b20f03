import type { ChatMessage } from '../../examples/chat/chat-message.js';
import type { ServerSentEvent } from '../../src/index.js';

export const messageOf = (event: ServerSentEvent) => JSON.parse(event.data) as ChatMessage;
export const idsOf = (events: readonly ServerSentEvent[]) => events.map(event => messageOf(event).id);
/** Returns a predicate for the event whose id ends with the number, in any epoch. */
export const withId = (id: number) => (event: ServerSentEvent) => event.lastEventId.endsWith(`-${id}`);
/** Returns the numbers from `first` to `last`. */
export const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
