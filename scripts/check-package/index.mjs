// Checks the package as users get it: packed, installed into new projects, run, type-checked and bundled.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conclude, pack } from '../check.mjs';
import { BUNDLERS } from './bundlers.mjs';
import { checkBundles } from './check-bundles.mjs';
import { checkCommand } from './check-command.mjs';
import { checkInstall } from './check-install.mjs';
import { checkKills } from './check-kills.mjs';
import { checkAngular, checkParser, checkRuns } from './check-runs.mjs';
import { checkSamples } from './check-samples.mjs';
import { checkTarball } from './check-tarball.mjs';
import { checkAngularTypes, checkTypesOfProjects } from './check-types.mjs';
import { angularVersionOf, createProject, manifest, root } from './create-project.mjs';

const { peerDependencies, devDependencies } = manifest;
/** Needs a newer Node, so only its types are checked here. `check-angular/` does the rest. */
const ANGULAR_22 = '22.2.0';

const work = await mkdtemp(join(tmpdir(), 'rx-sse-'));
try {
  const { tarball, files } = await pack(work);
  await checkTarball(tarball, files);
  await checkInstall(join(work, 'empty'), tarball);

  const lowest = peerDependencies.rxjs.replace('^', '');
  const [newestProject, lowestProject] = ['newest', 'lowest'].map(name => join(work, name));
  const nodeTypes = `@types/node@${devDependencies['@types/node']}`;
  await createProject(newestProject, tarball, 'rxjs@7', nodeTypes);
  await createProject(lowestProject, tarball, `rxjs@${lowest}`);
  await checkRuns(newestProject, 7);
  await checkParser(newestProject);
  await checkCommand(newestProject, await mkdtemp(join(work, 'chat-')));
  await checkKills(newestProject, await mkdtemp(join(work, 'kills-')));
  await checkRuns(lowestProject, lowest);

  const angularProject = version => {
    const folder = join(work, `angular-${version}`);
    const angular = ['core', 'common', 'compiler'].map(name => `@angular/${name}@${version}`);
    return createProject(folder, tarball, 'rxjs@7', ...angular).then(() => folder);
  };
  const lowestAngular = `${peerDependencies['@angular/core'].replace('>=', '')}.0.0`;
  // The one that the specs run with.
  const specAngular = await angularVersionOf(root);
  for (const version of [lowestAngular, specAngular, ANGULAR_22]) {
    const folder = await angularProject(version);
    await checkAngular(folder);
    await checkAngularTypes(folder);
  }

  await checkSamples(newestProject);
  await checkTypesOfProjects(newestProject, lowestProject, lowest);

  const bundled = join(work, 'bundled');
  await createProject(bundled, tarball, 'rxjs@7', ...BUNDLERS);
  await checkBundles(bundled);
} finally {
  await rm(work, { recursive: true, force: true });
}
conclude('package checks');
