import { describe, expect, it } from '@jest/globals';
import type { DoctorReport, Finding, Verdict } from '../../../src/cli/doctor/doctor.js';
import { formatReport } from '../../../src/cli/doctor/format-report.js';

const finding = (check: string, verdict: Verdict, says: string, cure?: string): Finding => ({
  check,
  verdict,
  says,
  ...(cure !== undefined && { cure }),
  facts: {},
});
const report = (...findings: Finding[]): DoctorReport => ({ url: 'http://x', findings, isHealthy: false });

describe('formatReport', () => {
  it('has a line for each finding, aligned, the cure below, and the sum at the end', () => {
    const text = formatReport(
      report(
        finding('dns', 'ok', 'fine'),
        finding('headers', 'problem', 'none', 'send some'),
        finding('ids', 'warning', 'none'),
        finding('retry', 'note', 'none'),
        finding('resume', 'skipped', 'too quiet'),
        finding('end', 'problem', 'at once'),
      ),
      false,
    );
    expect(text).toBe(
      [
        '✓ dns      fine',
        '✗ headers  none',
        '           → send some',
        '! ids      none',
        '· retry    none',
        '- resume   too quiet',
        '✗ end      at once',
        '',
        '2 problems, 1 warning.',
        '',
      ].join('\n'),
    );
  });

  it('has one line for all that was skipped for the same reason', () => {
    const skipped = ['a', 'b', 'c'].map(check => finding(check, 'skipped', 'No answer.'));
    expect(formatReport(report(...skipped), false)).toBe(
      '- others  No answer. Not checked: a, b, c.\n\nNo problems found.\n',
    );
  });

  it('has colors if it may', () => {
    expect(formatReport(report(finding('dns', 'ok', 'fine')), true)).toContain('\x1b[32m✓\x1b[0m dns');
    expect(formatReport(report(finding('dns', 'ok', 'fine')), false)).not.toContain('\x1b');
  });

  it('passes nothing on that steers a terminal', () => {
    expect(formatReport(report(finding('dns', 'ok', 'a\x1b[2Jb\x9bc', '\x07')), false)).toBe(
      '✓ dns  a?[2Jb?c\n       → ?\n\nNo problems found.\n',
    );
  });
});
