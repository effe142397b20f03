import type { DoctorOptions } from './doctor-options.js';
import type { Finding } from './finding.js';
import { judge } from './judging/judge.js';
import { measure } from './measuring/measure.js';

export type { DoctorOptions } from './doctor-options.js';
export type { Finding, Verdict } from './finding.js';

/** What was found, in the order of the way: from the name to the events. */
export interface DoctorReport {
  readonly url: string;
  readonly findings: readonly Finding[];
  /** Whether there is neither a problem nor a warning. */
  readonly isHealthy: boolean;
}

/**
 * Finds out why nothing arrives on the URL of an event stream: connects, watches what comes and when, connects again from the middle, and judges.
 *
 * A GET is sent twice: the second asks to resume, or, if no headers came, for an answer that isn't compressed. Any other method is sent once. A
 * preflight comes on top if the origin is another. Nothing of it is left when it fulfils. It never rejects: what fails is a finding. If the signal
 * aborts, it fulfils at once with what it has seen until then.
 */
export async function doctor(given: DoctorOptions, signal: AbortSignal): Promise<DoctorReport> {
  const { origin } = given;
  // As browsers write it: `https://app.example/` has one slash too many.
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
