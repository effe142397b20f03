import { HttpErrorResponse } from '@angular/common/http';
import type { ConnectionFailure } from 'rx-sse';
import { SessionChanged } from './session/session';

/** Returns why a request failed, for users. */
export function reasonOf(error: unknown): string {
  if (error instanceof SessionChanged) return error.message;
  if (!(error instanceof HttpErrorResponse)) return 'Something went wrong.';
  const { error: body } = error as { readonly error: { readonly error?: unknown } | null };
  if (typeof body?.error === 'string') return `${body.error}.`;
  return error.status ? `The server answers ${error.status}.` : 'The server cannot be reached.';
}

/** Returns what became of a message that the server hasn't confirmed, for users. Only if the server refused it, it isn't stored. */
export function outcomeOf(error: unknown): string {
  const isUnknown = error instanceof HttpErrorResponse && (error.status < 400 || error.status >= 500);
  const reason = reasonOf(error);
  return isUnknown ? `Maybe sent. ${reason} Send it again only if it doesn't appear.` : `Not sent. ${reason}`;
}

/** Returns why a stream isn't open, for users. After a clean end, there is no failure. */
export function failureOf(failure: ConnectionFailure | null): string {
  if (!failure) return 'The server has ended the connection.';
  if (failure.status) return `The server answers ${failure.status}.`;
  if (failure.name === 'EventSourceTimeoutError') return 'The server has gone silent.';
  if (failure.name === 'ConnectionError') return 'The server cannot be reached.';
  return failure.message;
}
