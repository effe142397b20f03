// Bundles the package for the browser, the way an application gets it. Runs once, before the suite.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { applicationWithPackage } from '../support/packed-package.mjs';

export default async function bundle() {
  // Uses an existing bundle, such as one of deliberately broken source.
  if (process.env.RX_SSE_BUNDLE) return;
  const application = await applicationWithPackage('rx-sse-browser');
  const entry = join(application, 'application.js');
  const outfile = join(application, 'rx-sse.js');
  await writeFile(
    entry,
    [
      "export * from 'rx-sse';",
      ...['diagram', 'tabs', 'testing'].map(door => `export * as ${door} from 'rx-sse/${door}';`),
      "export * as rxjs from 'rxjs';",
    ].join('\n'),
  );
  const { warnings } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'iife',
    globalName: 'rxSse',
    platform: 'browser',
    target: 'es2022',
    // Includes the messages that the specs expect.
    conditions: ['development', 'module'],
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${JSON.stringify(warnings)}`);
  process.env.RX_SSE_BUNDLE = outfile;
}
