/**
 * A Promise or an Observable of the application has failed, such as that of a token which could not be fetched: a failure like any other, which
 * the policy tries again. What the application throws at once is a bug, and final. Never delivered: `error` is.
 */
export class Rejected {
  constructor(readonly error: unknown) {}
}
