import type { DoctorReport } from './doctor.js';
import type { Finding, Verdict } from './finding.js';
import { counted } from '../counted.js';
import { paint } from '../style.js';

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', note: '·', warning: '!', problem: '✗', skipped: '-' };
const STYLES = { ok: 'green', note: 'cyan', warning: 'yellow', problem: 'red', skipped: 'dim' } as const;

/** Returns the report as text: one line for each finding with its cure below, and the sum at the end. */
export function formatReport(report: DoctorReport, hasColor: boolean): string {
  const painted = paint(hasColor);
  const findings = joinSkipped(report.findings);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, says, cure }) => [
    `${painted(MARKS[verdict], STYLES[verdict])} ${check.padEnd(width)}  ${printable(says)}`,
    ...(cure === undefined ? [] : [`  ${' '.repeat(width)}  ${painted('→', STYLES[verdict])} ${printable(cure)}`]),
  ]);
  return [...lines, '', sumOf(report.findings), ''].join('\n');
}

/** Joins skipped checks with the same reason. */
function joinSkipped(findings: readonly Finding[]): Finding[] {
  const isSkippedLike = (one: Finding) => (other: Finding) => other.verdict === 'skipped' && other.says === one.says;
  return findings.flatMap((finding, index) => {
    if (finding.verdict !== 'skipped') return [finding];
    const alike = findings.filter(isSkippedLike(finding));
    if (alike.length === 1) return [finding];
    if (findings.findIndex(isSkippedLike(finding)) !== index) return [];
    const says = `${finding.says} Not checked: ${alike.map(({ check }) => check).join(', ')}.`;
    return [{ ...finding, check: 'others', says }];
  });
}

function sumOf(findings: readonly Finding[]): string {
  const count = (verdict: Verdict) => findings.filter(finding => finding.verdict === verdict).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const parts = [
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return parts.length === 0 ? 'No problems found.' : `${parts.join(', ')}.`;
}

/** Removes control characters of the server. */
const printable = (text: string) => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
