import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SCRIPTS = [
  'add-version.mjs',
  'changelog.mjs',
  'check.mjs',
  'older-versions.mjs',
  'packed-files.mjs',
  'publisher.mjs',
  'release.mjs',
  'set-publisher.mjs',
  'site-versions.mjs',
];
const SETTINGS = {
  'user.name': 'A maintainer',
  'user.email': 'maintainer@example.org',
  'commit.gpgSign': 'false',
  'tag.gpgSign': 'false',
};

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A separate git repository with this repository's scripts for publishing, and the files that they read. */
export class PublishingRepository {
  readonly #root = mkdtempSync(join(tmpdir(), 'publishing-'));

  constructor(files: Readonly<Record<string, string>>) {
    for (const name of SCRIPTS) cpSync(join('scripts', name), join(this.#root, 'scripts', name));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.git('init', '--quiet', '--initial-branch', 'main');
    for (const [name, value] of Object.entries(SETTINGS)) this.git('config', name, value);
    this.commit();
  }

  read(path: string): string {
    return readFileSync(join(this.#root, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#root, path)), { recursive: true });
    writeFileSync(join(this.#root, path), text);
  }

  replace(path: string, before: string, after: string): void {
    this.write(path, this.read(path).replaceAll(before, after));
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'A change');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.#root, encoding: 'utf8' }).trim();
  }

  /** Runs a script of the repository. */
  run(script: string, ...args: string[]): Promise<Outcome> {
    return new Promise(resolve => {
      const child = execFile(
        process.execPath,
        [join('scripts', script), ...args],
        { cwd: this.#root },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? 1, output: stdout + stderr }),
      );
    });
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}
