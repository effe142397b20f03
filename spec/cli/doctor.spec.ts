import { afterEach, describe, expect, it } from '@jest/globals';
import type { DoctorReport } from '../../src/cli/doctor/doctor.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { useCommand } from './command.js';
import { application } from './doctor/application.js';

describe('rx-sse doctor', () => {
  const command = useCommand();
  let server: SseServer | undefined;
  afterEach(() => server?.close());

  const examine = async (handler: (exchange: Exchange) => void, ...args: string[]) => {
    server = await SseServer.start(handler);
    return command.start(['doctor', '--for', '1s', ...args, server.url]).ended;
  };
  const withoutIds = application({ event: n => `data: ${n}\n\n` });

  it('exits with 0 if the server is fine', async () => {
    const { code, stdout, stderr } = await examine(application());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^✓ dns {11}127\.0\.0\.1 is an address\.\n✓ connect /);
    expect(stdout).toMatch(/\n\nNo problems found\.\n$/);
  });

  it.each<[string, (exchange: Exchange) => void, RegExp, RegExp]>([
    ['a problem', exchange => exchange.refuse(404), /^✗ status +404: .*\n +→ \S/m, /\n\n1 problem\.\n$/],
    ['only a warning', withoutIds, /^! ids +\d+ events, none with an id.*\n +→ \S/m, /\n\n1 warning\.\n$/],
  ])('exits with 1 if there is %s', async (_what, handler, line, sum) => {
    const { code, stdout, stderr } = await examine(handler);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(line);
    expect(stdout).toMatch(sum);
  });

  it.each<[string, (exchange: Exchange) => void, number, string]>([
    ['fine', application(), 0, 'ok'],
    ['not fine', withoutIds, 1, 'warning'],
  ])('prints one JSON document with --json if the server is %s', async (_what, handler, code, ids) => {
    const ended = await examine(handler, '--json');
    expect(ended).toMatchObject({ code, stderr: '' });
    const report = JSON.parse(ended.stdout) as DoctorReport;
    expect(report).toMatchObject({ url: server?.url, isHealthy: code === 0 });
    expect(ended.stdout).toBe(`${JSON.stringify(report)}\n`);
    const verdicts = Object.fromEntries(report.findings.map(({ check, verdict }) => [check, verdict]));
    expect(verdicts).toMatchObject({ dns: 'ok', connect: 'ok', status: 'ok', 'content-type': 'ok', ids });
    for (const { says, facts } of report.findings) {
      expect(says).toMatch(/\S/);
      expect(typeof facts).toBe('object');
    }
  });

  it('warns with --origin that a page can’t read how long to wait, also with --json', async () => {
    const busy = (exchange: Exchange) =>
      exchange.refuse(503, { 'retry-after': '120', 'access-control-allow-origin': '*' });
    const text = await examine(busy, '--origin', 'https://app.example');
    expect(text).toMatchObject({ code: 1, stderr: '' });
    expect(text.stdout).toMatch(
      /^! cors +A page can’t read the response header Retry-After .*\n +→ .*: Retry-After"\.$/m,
    );
    expect(text.stdout).toMatch(/\n\n1 problem, 1 warning\.\n$/);

    await server?.close();
    const { stdout } = await examine(busy, '--origin', 'https://app.example', '--json');
    const { findings } = JSON.parse(stdout) as DoctorReport;
    expect(findings.filter(({ check }) => check === 'cors')).toEqual([
      {
        check: 'cors',
        verdict: 'warning',
        says: expect.stringContaining('Retry-After of the 503'),
        cure: 'Send with the 503: "Access-Control-Expose-Headers: Retry-After".',
        facts: { status: 503, retryAfter: '120', allowOrigin: '*', exposeHeaders: null },
      },
    ]);
  });
});
