/**
 * A Promise or an Observable of your code failed, for example because a token couldn't be fetched. The policy retries
 * this like any other failure. Whatever your code throws directly is a bug, and final. `error` is delivered, this class
 * never is.
 */
export class Rejected {
  constructor(readonly error: unknown) {}
}
