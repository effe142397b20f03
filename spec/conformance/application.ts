import type { Result } from './run-behaviours.js';

/** What an engine has to say. */
export interface Report {
  readonly results: readonly Result[];
  /** Rejections that nobody handled. */
  readonly complaints: readonly string[];
}

/** An engine that the behaviours run in. */
export interface EngineRun {
  readonly name: string;
  /** Runs them against the scripted server at `origin`. */
  run(origin: string, seed: number): Promise<Report>;
}

/** The folder of the application that `make-make-application.mjs` has made. */
export function application(): string {
  const folder = process.env['RX_SSE_CONFORMANCE'];
  if (folder === undefined) throw new Error('Expected the application: run this by `npm run test:engines`');
  return folder;
}
