import type { Result } from './run-behaviours.js';

/** An engine's report on the behaviours. */
export interface Report {
  readonly results: readonly Result[];
  /** Unhandled rejections. */
  readonly complaints: readonly string[];
}

/** An engine that can run the behaviours. */
export interface EngineRun {
  readonly name: string;
  /** Runs the behaviours against the scripted server at `origin`. */
  run(origin: string, seed: number): Promise<Report>;
}

/** Returns the folder of the application that `make-application.mjs` created. */
export function application(): string {
  const folder = process.env['RX_SSE_CONFORMANCE'];
  if (folder === undefined) throw new Error('Expected the application: run this by `npm run test:engines`');
  return folder;
}
