import { ContentTypeError, EventSourceError, EventTooLargeError, ResponseStatusError } from '../index.js';

/** What the command ends with. `--help` and `docs/command.md` have the same list. */
export const EXIT = {
  /** It ended as it was asked to, or the stream has ended. */
  done: 0,
  /** `doctor` has found something wrong. */
  unhealthy: 1,
  /** The command line can't be understood. */
  usage: 2,
  /** The server has refused, with a status or a type that no other attempt would change. */
  refused: 3,
  /** No connection, and the attempts are spent. */
  unreachable: 4,
  /** The stream can't be read: an event is too large. */
  invalid: 5,
  /** What `--exec` has started has failed: the event is not taken for delivered. */
  commandFailed: 6,
  /** A file can't be read or written. */
  file: 7,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What goes wrong on this side of the connection, and the code that says so. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly code: ExitCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The code for an error that ended a stream. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.code;
  // A store that fails ends the stream with an error whose cause says why.
  if (error instanceof EventSourceError && error.cause instanceof CommandError) return error.cause.code;
  if (error instanceof EventTooLargeError) return EXIT.invalid;
  if (error instanceof ContentTypeError) return EXIT.refused;
  if (error instanceof ResponseStatusError) return error.retryable ? EXIT.unreachable : EXIT.refused;
  return EXIT.unreachable;
}
