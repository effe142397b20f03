import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { application } from './application.js';
import { installed } from './engines.js';

const run = promisify(execFile);

/** The globals that the bundles may use, and that React Native defines, as in its `InitializeCore`. */
const REACT_NATIVE = [
  ...['AbortController', 'Promise', 'URL', 'URLSearchParams', 'performance'],
  ...['cancelAnimationFrame', 'clearInterval', 'clearTimeout', 'requestAnimationFrame', 'setInterval', 'setTimeout'],
];

/** Hermes is only available as a compiler. The compiled code runs on devices. */
describe('Hermes, the engine of React Native', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rx-sse-hermes-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['rx-sse', 'rx-sse/parser'])('compiles %s, which uses no global that may be missing', async door => {
    const bundle = join(folder, 'bundle.js');
    const bytecode = join(folder, 'bundle.hbc');
    // Resolves like Metro. The code isn't rewritten for an older engine.
    const { warnings } = await build({
      stdin: { contents: `export * from '${door}'`, resolveDir: application() },
      outfile: bundle,
      bundle: true,
      format: 'iife',
      // Modules are strict, and Hermes reports undeclared variables only in strict code.
      banner: { js: '"use strict";' },
      globalName: 'rxSse',
      platform: 'neutral',
      mainFields: ['react-native', 'main'],
      conditions: ['react-native'],
    });
    expect(warnings).toEqual([]);
    const compiler = installed('hermes-compiler/hermesc/linux64-bin/hermesc');
    const { stderr } = await run(compiler, ['-O', '-emit-binary', '-out', bytecode, bundle]);
    const asked = [...stderr.matchAll(/the variable "(\w+)" was not declared/g)].map(([, name = '']) => name);
    // `expo` provides a TextDecoder. The other two are used only if their counterpart exists: a listener that was added, a `TransformStream`.
    const known = [...REACT_NATIVE, 'TextDecoder', 'removeEventListener', 'TransformStream'];
    expect([...new Set(asked)].filter(name => !known.includes(name))).toEqual([]);
    expect(asked).toContain('TextDecoder');
    expect((await stat(bytecode)).size).toBeGreaterThan(1000);
  });
});
