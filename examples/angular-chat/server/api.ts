/** The logged-in user: the response to `POST /api/login` and `POST /api/refresh`. */
export interface Session {
  /** Sent with each request of the chat as `Authorization: Bearer …`. */
  readonly token: string;
  readonly name: string;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * The data of a `presence` event: the names of all users who have the chat open, in alphabetical order, without
 * duplicates.
 */
export interface PresenceSnapshot {
  readonly names: readonly string[];
}
