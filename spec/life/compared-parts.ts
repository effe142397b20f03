import { type Attempt, EventSourceError, type EventSourceLifecycle, ResponseStatusError } from '../../src/index.js';
import type { Step } from '../support/model-delivery.js';

/** Returns the part of an error that is compared. */
export function nameOf(error: unknown): string {
  if (error instanceof ResponseStatusError) return `status ${error.status}`;
  return error instanceof EventSourceError ? error.name : (error as Error).message;
}

/** Returns the part of an attempt that is compared. */
export const told = ({ count, lastEventId, error }: Attempt) => ({
  count,
  lastEventId,
  ...(error !== undefined && { error: nameOf(error) }),
});

/** Returns the part of a step that is compared. */
export function flat(step: EventSourceLifecycle): Step {
  switch (step.kind) {
    case 'event':
      return { kind: step.kind, ...step.event };
    case 'open': {
      const { kind, url, status, resumedFrom, downtime } = step;
      return { kind, url, status, resumedFrom, downtime };
    }
    case 'waiting': {
      const { kind, delay, attempt } = step;
      return { kind, delay, attempt, ...('error' in step && { error: nameOf(step.error) }) };
    }
    default:
      return { ...step };
  }
}
