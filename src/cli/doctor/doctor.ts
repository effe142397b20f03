import type { DoctorOptions } from './doctor-options.js';
import type { Finding } from './finding.js';
import { judge } from './judging/judge.js';
import { measure } from './measuring/measure.js';

export type { DoctorOptions } from './doctor-options.js';
export type { Finding, Verdict } from './finding.js';

/** The findings, in order from the name to the events. */
export interface DoctorReport {
  readonly url: string;
  readonly findings: readonly Finding[];
  /** Whether there is no problem and no warning. */
  readonly isHealthy: boolean;
}

/**
 * Finds out why nothing arrives from the URL of an event stream. Connects, watches the stream, connects again from a
 * position in the middle, and reports.
 *
 * A GET is sent twice. The second request resumes, or, if no headers came, asks for a response without compression. Any
 * other method is sent once. For another origin, there is also a preflight.
 *
 * Everything is closed when the Promise fulfills. It never rejects: a failure is a finding. If the signal aborts, it
 * fulfills at once with the findings so far.
 */
export async function doctor(given: DoctorOptions, signal: AbortSignal): Promise<DoctorReport> {
  const { origin } = given;
  // Browsers send the origin without the slash of `https://app.example/`.
  const isUrl = origin !== undefined && URL.canParse(origin);
  const options = isUrl ? { ...given, origin: new URL(origin).origin } : given;
  const facts = await measure(options, signal);
  const findings = judge(facts, options);
  return {
    url: facts.url,
    findings,
    isHealthy: findings.every(({ verdict }) => verdict !== 'problem' && verdict !== 'warning'),
  };
}
