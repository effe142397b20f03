/** Ends an attempt without a failure, from wherever in the pipeline: caught at its end, and no error of anyone's. */
export class StreamClosed {
  constructor(readonly reason: 'no-content' | 'stopped') {}
}
