import { join } from 'node:path';
import { SchematicTestRunner, type UnitTestTree } from '@angular-devkit/schematics/testing';
import { beforeEach, describe, expect, it } from 'vitest';

/** Runs `ng add` in applications as `ng new` creates them. `npm run check:angular` runs it with the CLI itself. */
describe('ng add rx-sse', () => {
  let runner: SchematicTestRunner;
  let said: string[];
  beforeEach(() => {
    runner = new SchematicTestRunner('rx-sse', join(import.meta.dirname, '../../schematics/collection.json'));
    said = [];
    runner.logger.subscribe(({ message }) => said.push(message));
  });

  async function application(options: { readonly standalone: boolean }): Promise<UnitTestTree> {
    const workspace = { name: 'workspace', newProjectRoot: 'projects', version: '21.0.0' };
    const tree = await runner.runExternalSchematic('@schematics/angular', 'workspace', workspace);
    const made = { name: 'app', projectRoot: '', routing: false, ssr: false, skipInstall: true, ...options };
    return runner.runExternalSchematic('@schematics/angular', 'application', made, tree);
  }

  const CONFIG = '/src/app/app.config.ts';
  const MODULE = '/src/app/app-module.ts';

  it('adds the providers to a standalone application, and reports it', async () => {
    const tree = await runner.runSchematic('ng-add', {}, await application({ standalone: true }));
    const config = tree.readText(CONFIG);
    expect(config).toContain("import { provideHttpClient } from '@angular/common/http';");
    expect(config).toMatch(/import \{ withSse, provideSse, withHttpClient \} from 'rx-sse\/angular';/);
    expect(config).toMatch(
      /providers: \[[^\]]*provideHttpClient\(withSse\(\)\),\s*provideSse\(withHttpClient\(\)\),?\s*\]/,
    );
    expect(said).toEqual([
      'rx-sse: app: added provideHttpClient(withSse()).',
      'rx-sse: app: added provideSse(withHttpClient()).',
      'rx-sse: next, call injectEventSource() or eventSourceResource() in a component.',
    ]);
  });

  it('adds the providers to the root module of an application with NgModules', async () => {
    const tree = await runner.runSchematic('ng-add', {}, await application({ standalone: false }));
    expect(tree.readText(MODULE)).toMatch(
      /providers: \[[^\]]*provideHttpClient\(withSse\(\)\),\s*provideSse\(withHttpClient\(\)\),?\s*\]/,
    );
  });

  it.each([
    ['provideHttpClient()', 'provideHttpClient(withSse())'],
    ['provideHttpClient(withFetch())', 'provideHttpClient(withFetch(), withSse())'],
    [
      'provideHttpClient(\n      withInterceptors([auth]),\n    )',
      'provideHttpClient(\n      withInterceptors([auth]), withSse(),\n    )',
    ],
  ])('makes withSse() the last feature of %j', async (before, after) => {
    const tree = await application({ standalone: true });
    tree.overwrite(CONFIG, tree.readText(CONFIG).replace('providers: [', `providers: [\n    ${before},`));
    const added = (await runner.runSchematic('ng-add', {}, tree)).readText(CONFIG);
    expect(added).toContain(after);
    expect(added.match(/provideHttpClient\(/g)).toHaveLength(1);
    expect(added).toContain('provideSse(withHttpClient())');
    expect(said[0]).toBe(`rx-sse: ${CONFIG}: added withSse() to provideHttpClient, after its other features.`);
  });

  it('changes nothing the second time, and reports it', async () => {
    const once = await runner.runSchematic('ng-add', {}, await application({ standalone: true }));
    const config = once.readText(CONFIG);
    said = [];
    const twice = await runner.runSchematic('ng-add', {}, once);
    expect(twice.readText(CONFIG)).toBe(config);
    expect(said[0]).toBe('rx-sse: app already has provideSse: nothing to change.');
  });

  it('doesn’t change HttpClient with the option `httpClient: false`', async () => {
    const tree = await runner.runSchematic('ng-add', { httpClient: false }, await application({ standalone: true }));
    const config = tree.readText(CONFIG);
    expect(config).toContain('provideSse()');
    expect(config).not.toContain('HttpClient');
  });

  it('requires the option `project` if there are several projects', async () => {
    const tree = await application({ standalone: true });
    const other = { name: 'other', routing: false, ssr: false, skipInstall: true };
    const both = await runner.runExternalSchematic('@schematics/angular', 'application', other, tree);
    await expect(runner.runSchematic('ng-add', {}, both)).rejects.toThrow(/one of the projects app, other/);
    const added = await runner.runSchematic('ng-add', { project: 'other' }, both);
    expect(added.readText('/projects/other/src/app/app.config.ts')).toContain('provideSse(');
    expect(added.readText(CONFIG)).not.toContain('provideSse(');
  });
});
