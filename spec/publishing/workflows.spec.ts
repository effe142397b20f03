import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly if?: string;
  readonly needs?: string;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map(name => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name}, ${id}`, job })),
);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

// `npm run lint:workflows` checks the syntax. These tests check our own rules.
describe.each(workflows)('$name', ({ text, workflow }) => {
  it('gives its token no write access, except in jobs that request it', () => {
    expect(['{}', '{"contents":"read"}']).toContain(JSON.stringify(workflow.permissions));
  });

  it('defines what happens to a run when a newer one starts', () => {
    expect(workflow.concurrency).toBeDefined();
  });

  it('uses only GitHub’s own actions, each pinned to a commit, with the version next to it', () => {
    const actions = text.match(/uses: (?!\.\/).*/g) ?? [];
    expect(actions.filter(action => !/^uses: actions\/[\w-]+@[0-9a-f]{40} # v[\d.]+$/.test(action))).toEqual([]);
  });
});

it('all workflows use the same commit of an action', () => {
  const actions = workflows.flatMap(({ text }) => text.match(/actions\/[\w-]+@.*/g) ?? []);
  const names = new Set(actions.map(action => action.split('@')[0]));
  expect(new Set(actions).size).toBe(names.size);
});

describe.each(jobs)('$name', ({ job }) => {
  it('has a timeout, or calls another workflow', () => {
    expect(job.uses ?? job['timeout-minutes']).toBeDefined();
  });

  it('leaves no token in its working folder', () => {
    const checkouts = (job.steps ?? []).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter(step => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  it('runs only scripts that package.json has', () => {
    const run = (job.steps ?? []).flatMap(step => step.run ?? []).join('\n');
    const names = [...run.matchAll(/npm run (\S+)/g)].map(([, script = '']) => script);
    expect(names.filter(name => !(name in scripts))).toEqual([]);
  });
});

describe('release.yml', () => {
  const { jobs: release = {} } = workflows.find(({ name }) => name === 'release.yml')?.workflow ?? {};

  it('publishes only what was checked and tested, and never from a fork', () => {
    const { owner, repository } = JSON.parse(readFileSync('publisher.json', 'utf8')) as Record<string, string>;
    expect(release['check']?.if).toBe(`github.repository == '${owner}/${repository}'`);
    expect([release['test']?.needs, release['publish']?.needs, release['announce']?.needs]).toEqual([
      'check',
      'test',
      'publish',
    ]);
  });

  it('gives each job only the permissions that it needs', () => {
    expect(Object.entries(release).map(([id, { permissions }]) => [id, permissions])).toEqual([
      ['check', { contents: 'read' }],
      ['test', { contents: 'read' }],
      ['publish', { contents: 'read', 'id-token': 'write' }],
      ['announce', { contents: 'write' }],
    ]);
  });
});
