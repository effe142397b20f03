/** Who is logged in: the answer to `POST /api/login` and `POST /api/refresh`. */
export interface Session {
  /** Goes with each request to the chat as `Authorization: Bearer …`. */
  readonly token: string;
  readonly name: string;
  /** When the token stops being good, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The data of an event `presence`: who has the chat open, in alphabetical order, each once. */
export interface PresenceSnapshot {
  readonly names: readonly string[];
}
