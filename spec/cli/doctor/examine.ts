import { doctor, type DoctorOptions, type DoctorReport, type Finding } from '../../../src/cli/doctor/doctor.js';

/** Lets the doctor examine a URL for a short time. */
export function examine(url: string, options: Partial<DoctorOptions> = {}): Promise<DoctorReport> {
  const { signal } = new AbortController();
  return doctor(
    {
      url: new URL(url),
      headers: {},
      method: 'GET',
      body: undefined,
      origin: undefined,
      watch: 500,
      isInsecure: false,
      ...options,
    },
    signal,
  );
}

/** Returns the checks that found something wrong, with their verdicts. */
export function wrongIn({ findings }: DoctorReport): string[] {
  return findings
    .filter(({ verdict }) => verdict === 'problem' || verdict === 'warning')
    .map(({ check, verdict }) => `${check}: ${verdict}`);
}

/** Returns the finding of one check. */
export function findingOf({ findings }: DoctorReport, check: string): Finding {
  const found = findings.find(finding => finding.check === check);
  if (!found)
    throw new Error(`Expected a finding for ${check}, among ${findings.map(finding => finding.check).join()}`);
  return found;
}
