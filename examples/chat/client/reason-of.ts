import { EventSourceTimeoutError, ResponseStatusError } from 'rx-sse';

/** Why a connection went, for people. */
export function reasonOf(error: unknown): string {
  if (error === undefined) return 'the server ended the stream';
  if (error instanceof ResponseStatusError) return `the server answered ${error.status}`;
  if (error instanceof EventSourceTimeoutError) return 'the server fell silent';
  return 'the connection was lost';
}
