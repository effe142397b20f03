import type { ConnectionState } from 'rx-sse';
import { reasonOf } from '../chat/client/reason-of.js';

/** How the connection stands, for people. */
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
      return 'Paused';
    case 'closed':
      return 'Stopped';
    case 'failed':
      return `Given up: ${reasonOf(error)}`;
  }
}
