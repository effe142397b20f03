import { doctor, type DoctorOptions, type DoctorReport, type Finding } from '../../../src/cli/doctor/doctor.js';

/** Has the doctor look at a URL, shortly. */
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

/** The checks that found something wrong, with their verdicts. */
export function wrongIn({ findings }: DoctorReport): string[] {
  return findings
    .filter(({ verdict }) => verdict === 'problem' || verdict === 'warning')
    .map(({ check, verdict }) => `${check}: ${verdict}`);
}

/** What one check found. */
export function findingOf({ findings }: DoctorReport, check: string): Finding {
  const found = findings.find(finding => finding.check === check);
  if (!found)
    throw new Error(`Expected a finding for ${check}, among ${findings.map(finding => finding.check).join()}`);
  return found;
}
