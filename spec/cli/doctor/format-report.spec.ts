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
  it('prints an aligned line for each finding, with the cure below it, and the totals at the end', () => {
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

  it('prints one line for all checks that were skipped for the same reason', () => {
    const skipped = ['a', 'b', 'c'].map(check => finding(check, 'skipped', 'No answer.'));
    expect(formatReport(report(...skipped), false)).toBe(
      '- others  No answer. Not checked: a, b, c.\n\nNo problems found.\n',
    );
  });

  it('prints colors only if they are allowed', () => {
    expect(formatReport(report(finding('dns', 'ok', 'fine')), true)).toContain('\x1b[32m✓\x1b[0m dns');
    expect(formatReport(report(finding('dns', 'ok', 'fine')), false)).not.toContain('\x1b');
  });

  it('replaces control characters, which could control a terminal', () => {
    expect(formatReport(report(finding('dns', 'ok', 'a\x1b[2Jb\x9bc', '\x07')), false)).toBe(
      '✓ dns  a?[2Jb?c\n       → ?\n\nNo problems found.\n',
    );
  });
});
