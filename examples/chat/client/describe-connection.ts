import type { ConnectionState } from 'rx-sse';
import { reasonOf } from './reason-of.js';

/** Describes the state of the connection for users. */
export function describeConnection({ status, error }: ConnectionState): string {
  switch (status) {
    case 'idle':
    case 'connecting':
      return 'Connecting';
    case 'open':
      return 'Connected';
    case 'waiting':
      return `Waiting: ${reasonOf(error)}`;
    case 'paused':
      return 'Paused. Messages sent meanwhile arrive when you resume.';
    case 'closed':
      return 'Closed by the server';
    case 'failed':
      return `Failed: ${reasonOf(error)}`;
  }
}
