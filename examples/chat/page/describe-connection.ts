import type { ConnectionState } from 'rx-sse';
import { reasonOf } from '../client/reason-of.js';

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
      return 'Paused. What you miss comes when you resume.';
    case 'closed':
      return 'Closed by the server';
    case 'failed':
      return error?.message ?? 'Failed';
  }
}
