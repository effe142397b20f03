import type { ConnectionFailure } from 'rx-sse';

/** Returns why a connection was lost, for users. Takes an error of a lifecycle, or the error in a `ConnectionState`. */
export function reasonOf(error: unknown): string {
  if (error === undefined || error === null) return 'the server ended the stream';
  const { name, message, status } = error as ConnectionFailure;
  if (name === 'ResponseStatusError') return `the server answered ${status ?? 'an error'}`;
  if (name === 'EventSourceTimeoutError') return 'the server fell silent';
  // Its message is that of the platform, such as "Failed to fetch".
  if (name === 'ConnectionError' || name === 'StreamTruncatedError') return 'the connection was lost';
  return message;
}
