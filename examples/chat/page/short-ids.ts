import type { ChatStep } from '../client/chat-stream.js';
import { numberOf } from '../client/number-of.js';

/** A step whose ids are the numbers of the messages alone: a drawing has no room for epochs. */
export function shortIds(step: ChatStep): ChatStep {
  switch (step.kind) {
    case 'connecting':
      return { ...step, lastEventId: numberOf(step.lastEventId) };
    case 'open':
      return { ...step, resumedFrom: numberOf(step.resumedFrom) };
    case 'gap':
      return { ...step, requested: numberOf(step.requested), resumed: numberOf(step.resumed) };
    case 'event':
      return { ...step, event: { ...step.event, lastEventId: numberOf(step.event.lastEventId) } };
    default:
      return step;
  }
}
