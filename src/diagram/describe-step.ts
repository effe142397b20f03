import { type DrawnStep, statusOf } from './diagram-step.js';

/** Describes a step in English; `''` if there is nothing to say. */
export function describeStep(step: DrawnStep): string {
  switch (step.kind) {
    case 'connecting':
      return step.attempt > 0 ? `connecting, attempt ${step.attempt + 1}` : 'connecting';
    case 'open': {
      const connected = step.downtime > 0 ? `reconnected after ${seconds(step.downtime)}` : 'connected';
      return step.resumedFrom ? `${connected}, resumed after #${step.resumedFrom}` : connected;
    }
    case 'waiting': {
      const next = step.delay === undefined ? '' : `, next attempt in ${seconds(step.delay)}`;
      return reasonOf(step.error) + next;
    }
    case 'gap': {
      const missing = step.requested ? `events after #${step.requested} may be missing` : 'events may be missing';
      return step.resumed ? `${missing}, resumed after #${step.resumed}` : missing;
    }
    case 'failed': {
      const { message } = Object(step.error) as { readonly message?: unknown };
      return typeof message === 'string' ? `failed: ${message}` : 'failed';
    }
    case 'paused':
    case 'closed':
      return step.kind;
    default:
      return '';
  }
}

function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) return `the server answered ${status}`;
  return error === undefined ? 'the server ended the stream' : 'connection lost';
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 100) / 10} seconds`;
