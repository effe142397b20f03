import { ContentTypeError, EventSourceError, EventTooLargeError, ResponseStatusError } from '../index.js';

/** The exit codes. `--help` and `docs/command.md` have the same list. */
export const EXIT = {
  /** Done, or the stream has ended. */
  done: 0,
  /** `doctor` found a problem or a warning. */
  unhealthy: 1,
  /** The command line is invalid. */
  usage: 2,
  /** The server rejected the request, with a status or a type that another attempt wouldn't change. */
  refused: 3,
  /** There is no connection, and all attempts have failed. */
  unreachable: 4,
  /** The stream can't be read: an event is too large. */
  invalid: 5,
  /** The command of `--exec` failed. The event doesn't count as delivered. */
  commandFailed: 6,
  /** A file can't be read or written. */
  file: 7,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error on this side of the connection, with its exit code. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Returns the exit code for an error of a stream. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.code;
  // If a store fails, the stream errors with the reason as the `cause`.
  if (error instanceof EventSourceError && error.cause instanceof CommandError) return error.cause.code;
  if (error instanceof EventTooLargeError) return EXIT.invalid;
  if (error instanceof ContentTypeError) return EXIT.refused;
  if (error instanceof ResponseStatusError) return error.retryable ? EXIT.unreachable : EXIT.refused;
  return EXIT.unreachable;
}
