import type { ConnectionFailure, ConnectionState } from 'rx-sse';

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

function reasonOf(error: ConnectionFailure | null): string {
  if (error === null) return 'the server ended the stream';
  if (error.name === 'ResponseStatusError') return `the server answered ${error.status ?? 'an error'}`;
  if (error.name === 'EventSourceTimeoutError') return 'the server fell silent';
  return 'the connection was lost';
}
