// Checks the package as users get it: packed, installed into new projects, run, type-checked and bundled.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { BUNDLERS, bundlers, bundleWithEsbuild } from './check-bundlers.mjs';
import { check, conclude, output, pack, run } from './check.mjs';
import { missing, unexpected } from './packed-files.mjs';

const root = join(import.meta.dirname, '..');
const consumers = join(root, 'spec/package');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const { peerDependencies, devDependencies } = manifest;
/** That which the specs run with. */
const angular = JSON.parse(await readFile(join(root, 'node_modules/@angular/core/package.json'), 'utf8'));
/** Needs a newer Node, so only its types are checked here. `check-angular/` does the rest. */
const ANGULAR_22 = '22.2.0';
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** Creates a project with the package and `others`, and the consumers. Returns the warnings of npm. */
async function createProject(folder, tarball, ...others) {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await cp(consumers, folder, { recursive: true });
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...others];
  const { stderr } = await output(folder, 'npm', ...install);
  // npm may also warn about settings of the machine.
  return stderr.split('\n').filter(line => /^npm warn (?!Unknown \w+ config |config )/i.test(line));
}

/** Projects without Angular don't get Angular, although the package has an entry point for it. */
async function checkInstall(folder, tarball) {
  await check('npm install rx-sse in an empty project: no warning, no Angular', async () => {
    assert.deepEqual(await createProject(folder, tarball), []);
    const installed = await readdir(join(folder, 'node_modules'));
    assert.ok(installed.includes('rxjs'));
    assert.ok(!installed.includes('@angular'));
    return installed.filter(name => !name.startsWith('.')).join(', ');
  });
}

/** Checks the installed command with the chat as its server. */
async function checkCommand(folder, data) {
  const rxSse = (...args) => output(folder, 'npx', '--no-install', 'rx-sse', ...args);
  await check('npx rx-sse: tails the chat, resumes, and finds nothing wrong with it', async () => {
    const chat = spawn(process.execPath, ['scripts/start.mjs', '--data', data], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [, origin] = await new Promise((resolve, reject) => {
        let text = '';
        chat.stdout.on('data', chunk => {
          const match = /The chat is at (http:\S+?)\/,/.exec((text += chunk));
          if (match) resolve(match);
        });
        chat.on('exit', code => reject(new Error(`The chat exited with ${code} instead of starting: ${text}`)));
      });
      const stream = `${origin}/chat/stream`;
      const say = message =>
        fetch(`${origin}/chat/new`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ author: 'Ada', message }),
        });
      const tail = async (...args) =>
        (await rxSse('--json', '--for', '30s', '--state', join(data, 'position'), ...args, stream)).stdout;
      await say('hello');
      await say('again');
      assert.match(await tail('--count', '1'), /^{"type":"chat","data":".*hello/);
      assert.match(await tail('--count', '1'), /again/);
      await say('and more');
      assert.match(await tail('--until', 'and more'), /^.*and more.*\n$/);
      const { stdout } = await rxSse('doctor', '--for', '5s', stream);
      assert.match(stdout, /^No problems found\.$/m);
      return stdout.trim().split('\n').at(-1);
    } finally {
      chat.kill();
    }
  });
}

async function checkTarball(tarball, files) {
  const attw = (...options) =>
    run(
      root,
      'node_modules/.bin/attw',
      tarball,
      '--format',
      'ascii',
      '--no-emoji',
      '--no-definitely-typed',
      ...options,
    );
  await check('packed is what package.json names, docs, README, LICENSE, CHANGELOG and SECURITY, nothing else', () => {
    const paths = files.map(({ path }) => path);
    assert.deepEqual([missing(paths, manifest), unexpected(paths)], [[], []]);
    return `${paths.length} files`;
  });
  await check('publint, strict', async () => {
    const { buffer } = new Uint8Array(await readFile(tarball));
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    assert.deepEqual(
      messages.map(message => formatMessage(message, pkg, { color: false })),
      [],
    );
  });
  await check('are the types wrong: node10, node16 from CommonJS and ES modules, bundler', async () => {
    await attw('--exclude-entrypoints', './angular');
  });
  // Angular only has ES modules, so CommonJS can't use this entry point. Only this rule is ignored.
  await check('are the types wrong: rx-sse/angular, ES modules only', async () => {
    await attw('--entrypoints', './angular', '--ignore-rules', 'cjs-resolves-to-esm');
  });
}

/** Runs the package in `folder` with each module system, with and without a global `fetch`. */
async function checkRuns(folder, rxjs) {
  const names = [];
  for (const [how, file] of Object.entries({ import: 'consumer.mjs', require: 'consumer.cjs' })) {
    await check(`${how}, rxjs ${rxjs}: touches no global, streams, resumes, leaves cross-fetch unloaded`, async () => {
      const seen = JSON.parse(await run(folder, process.execPath, file));
      names.push(seen.names);
      assert.deepEqual(seen.touched, [], `Touched when it was loaded: ${seen.touched.join(', ')}`);
      assert.equal(seen.crossFetch, false, 'cross-fetch was loaded');
    });
    await check(`${how}, rxjs ${rxjs}, no global fetch: streams and resumes by cross-fetch`, async () => {
      const seen = JSON.parse(await run(folder, process.execPath, '--no-experimental-fetch', file));
      assert.equal(seen.crossFetch, true, 'cross-fetch was not loaded');
    });
  }
  await check(`import and require, rxjs ${rxjs}, give the same names`, () => {
    const [imported, required] = names;
    assert.deepEqual(required, imported);
    const [main, testing] = imported.map(({ length }) => length);
    assert.ok(main > 0 && testing > 0, 'No names were seen');
    return `${main} names, and ${testing} of rx-sse/testing`;
  });
}

/** Runs the parser with each module system. In Node, the fast parser is used, and RxJS isn't loaded. */
async function checkParser(folder) {
  const code = `
    const seen = [];
    const parser = createEventStreamParser({ onEvent: ({ data }) => seen.push(data) });
    for (const chunk of [Buffer.from('id: 1\\ndata: é').subarray(0, -1), Buffer.from('é').subarray(1), '\\n\\n']) parser.push(chunk);
    if (seen.join() !== 'é' || parser.lastEventId !== '1') throw new Error('It read ' + seen);
  `;
  await check('rx-sse/parser: import', () =>
    run(
      folder,
      process.execPath,
      '--input-type=module',
      '--eval',
      `import { createEventStreamParser } from 'rx-sse/parser'; ${code}`,
    ),
  );
  await check('rx-sse/parser: require, without RxJS', () =>
    run(
      folder,
      process.execPath,
      '--eval',
      `const { createEventStreamParser } = require('rx-sse/parser'); ${code}
       const files = Object.keys(require.cache);
       if (files.some(file => /rxjs/.test(file)) || !files.some(file => /event-stream-parser\\.node/.test(file))) throw new Error(files.join());`,
    ),
  );
}

/** Runs a consumer of the Angular entry point with the package in `folder`. */
async function checkAngular(folder) {
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules/@angular/core/package.json'), 'utf8'));
  await check(
    `import, Angular ${version}: streams, by HttpClient and without it, that end with their injector`,
    async () => {
      const seen = JSON.parse(await run(folder, process.execPath, 'consumer-angular.mjs'));
      assert.equal(seen.version, version);
      return `${seen.names.length} names of rx-sse/angular`;
    },
  );
}

const BROWSER = { lib: ['ES2022', 'DOM'], types: [] };
const NODE = { lib: ['ES2022'], types: ['node'] };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const NODENEXT = { module: 'nodenext' };
const NODE10 = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };

/** The samples of each entry point, and its types in the package. */
const SAMPLES = [
  { sample: 'public-face', source: '../../src/index.js', entry: 'rx-sse', types: 'index.d.ts' },
  { sample: 'parser-face', source: '../../src/parser/index.js', entry: 'rx-sse/parser', types: 'parser/index.d.ts' },
  { sample: 'tabs-face', source: '../../src/tabs/index.js', entry: 'rx-sse/tabs', types: 'tabs/index.d.ts' },
  {
    sample: 'testing-face',
    source: '../../src/testing/index.js',
    entry: 'rx-sse/testing',
    types: 'testing/index.d.ts',
  },
];
const ANGULAR_SAMPLE = {
  sample: 'angular-face',
  source: '../../src/angular/index.js',
  entry: 'rx-sse/angular',
  types: 'angular/index.d.ts',
};

/** It draws, so that its types are those of a page. */
const DIAGRAM_SAMPLE = {
  sample: 'diagram-face',
  source: '../../src/diagram/index.js',
  entry: 'rx-sse/diagram',
  types: 'diagram/index.d.ts',
};
const PAGE_SAMPLES = [...SAMPLES, DIAGRAM_SAMPLE];

/** Compiles samples in `folder`. The extension selects the module system. */
async function checkTypes(name, folder, extension, options, samples = PAGE_SAMPLES) {
  await check(`types, ${name}`, async () => {
    const files = samples.map(({ sample }) => `${sample}-sample.${extension}`);
    for (const [index, { sample }] of samples.entries()) {
      let code = await readFile(join(consumers, `${sample}.ts`), 'utf8');
      for (const { source, entry } of [...SAMPLES, ...samples]) code = code.replace(`'${source}'`, `'${entry}'`);
      await writeFile(join(folder, files[index]), code);
    }
    const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const compilerOptions = { target: 'ES2022', noEmit: true, skipLibCheck: false, ...strict, ...options };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    await run(folder, process.execPath, tsc);
  });
}

/**
 * Compiles the sample of the Angular entry point with each module resolution that finds Angular's own types (not
 * node10).
 */
async function checkAngularTypes(folder) {
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules/@angular/core/package.json'), 'utf8'));
  for (const [name, extension, options] of [
    ['bundler', 'ts', BUNDLER],
    ['nodenext, ES module', 'mts', NODENEXT],
  ]) {
    await checkTypes(`Angular ${version}, ${name}`, folder, extension, { ...BROWSER, ...options }, [ANGULAR_SAMPLE]);
  }
}

/** Otherwise names that are missing in a sample wouldn't be checked. */
async function checkSamples(folder) {
  for (const { sample, entry, types } of [...PAGE_SAMPLES, ANGULAR_SAMPLE]) {
    await check(`types, the sample uses every name that ${entry} exports`, async () => {
      const code = await readFile(join(consumers, `${sample}.ts`), 'utf8');
      const index = join(folder, 'node_modules/rx-sse/dist/esm', types);
      const program = ts.createProgram([index], {});
      const checker = program.getTypeChecker();
      const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)));
      const names = exported.map(({ name }) => name);
      assert.ok(names.length > 0);
      // The import counts once.
      const isUsed = name => code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length > 1;
      assert.deepEqual(
        names.filter(name => !isUsed(name)),
        [],
      );
      return `${names.length} names`;
    });
  }
}

/** The operators that a page with only `fromEventSource` doesn't load: the file and the name of each. */
const OPERATORS = {
  'batch-per-frame': 'batchPerFrame',
  'connection-state': 'connectionState',
  decode: 'decode',
  events: 'events',
  json: 'json',
  'of-event-type': 'ofEventType',
  'page-resumed': 'pageResumed',
  reconnect: 'reconnect',
  'route-to': 'routeTo',
  'share-lifecycle': 'shareLifecycle',
  'to-actions': 'toActions',
  'with-snapshot': 'withSnapshot',
};

const isOperator = file => Object.hasOwn(OPERATORS, file);

/** Returns the files in `folder` of the package among the modules, without extensions. */
const filesOf = (modules, folder) =>
  modules.flatMap(path => path.match(`rx-sse/dist/(?:esm|cjs)/${folder}/([^/]*)\\.c?js$`)?.[1] ?? []).sort();

/** The features of the Angular entry point by file, and the features and core operators that some functions need. */
const FEATURES = ['event-source-resource', 'inject-event-source', 'with-http-client', 'with-sse'];
const ANGULAR = {
  eventSourceResource: {
    features: ['event-source-resource', 'inject-event-source'],
    operators: ['connection-state', 'decode'],
  },
  injectEventSource: { features: ['inject-event-source'], operators: [] },
  withHttpClient: { features: ['with-http-client', 'with-sse'], operators: [] },
  withSse: { features: ['with-sse'], operators: [] },
};

async function checkAngularBundles(name, bundle) {
  await check(`${name}: rx-sse and rx-sse/angular together bring each file of the core once`, async () => {
    const { modules, warnings } = await bundle('angular-and-core.mjs');
    assert.deepEqual(warnings, []);
    const files = modules.flatMap(path => path.match(/rx-sse\/dist\/(?:esm|cjs)\/(.*)\.c?js$/)?.[1] ?? []);
    assert.deepEqual(files.sort(), [...new Set(files)]);
    assert.ok(files.includes('parsing/line-reader'));
    assert.deepEqual(
      filesOf(modules, 'angular').filter(file => FEATURES.includes(file)),
      FEATURES,
    );
    return `${files.length} files`;
  });
  for (const [exported, { features, operators }] of Object.entries(ANGULAR)) {
    await check(`${name}: ${exported} brings of the door what it needs, and no other operators`, async () => {
      const { modules, warnings } = await bundle(`${exported}.mjs`);
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        filesOf(modules, 'angular').filter(file => FEATURES.includes(file)),
        features,
      );
      assert.deepEqual(filesOf(modules, 'operators').filter(isOperator), operators);
    });
  }
}

/** The modules that a condition selects. The production version of each has another file name. */
const CHOSEN = ['check', 'option-checks', 'texts', 'parsing/parser-checks', 'angular/angular-checks'];

/** Each bundler includes only the modules for its condition. (Bundlers drop a module of empty functions completely.) */
async function checkConditions(forProduction, forDevelopment) {
  const chosenBy = async (bundle, entry) => {
    const { modules, warnings } = await bundle(entry);
    assert.deepEqual(warnings, []);
    const files = modules.flatMap(path => path.match(/rx-sse\/dist\/esm\/(.*)\.js$/)?.[1] ?? []);
    const isChosen = file => CHOSEN.includes(file.replace(/\.production$/, ''));
    return files.filter(isChosen).sort();
  };
  for (const [name, bundle] of Object.entries(forDevelopment)) {
    await check(`${name}, in development: checks of options, and long texts`, async () => {
      assert.deepEqual(await chosenBy(bundle, 'everything.mjs'), [...CHOSEN].sort());
    });
  }
  for (const [name, bundle] of Object.entries(forProduction)) {
    const isNode = name.endsWith('Node');
    await check(`${name}: ${isNode ? 'checks of options, and long texts' : 'short texts, and no checks'}`, async () => {
      const chosen = await chosenBy(bundle, 'everything.mjs');
      if (isNode) assert.deepEqual(chosen, [...CHOSEN].sort());
      else {
        assert.ok(chosen.includes('texts.production'));
        assert.deepEqual(
          chosen.filter(file => !file.endsWith('.production')),
          [],
        );
      }
    });
  }
}

async function checkBundles(folder) {
  await writeFile(
    join(folder, 'everything.mjs'),
    ['rx-sse', 'rx-sse/angular', 'rx-sse/diagram', 'rx-sse/parser', 'rx-sse/tabs']
      .map(entry => `export * from '${entry}';`)
      .join('\n'),
  );
  await writeFile(join(folder, 'angular-and-core.mjs'), "export * from 'rx-sse/angular'; export * from 'rx-sse';");
  for (const name of Object.keys(ANGULAR)) {
    await writeFile(join(folder, `${name}.mjs`), `export { ${name} } from 'rx-sse/angular';`);
  }
  await writeFile(join(folder, 'events.mjs'), "export { fromEventSource } from 'rx-sse';");
  await writeFile(join(folder, 'parser.mjs'), "export { parseEventStream } from 'rx-sse';");
  await writeFile(join(folder, 'required.cjs'), "exports.fromEventSource = require('rx-sse').fromEventSource;");
  await writeFile(
    join(folder, 'operators.mjs'),
    `export { ${Object.values(OPERATORS).join(', ')}, fromEventSource } from 'rx-sse';`,
  );
  await writeFile(join(folder, 'parser-door.mjs'), "export * from 'rx-sse/parser';");
  await writeFile(join(folder, 'diagram.mjs'), "export { lifecycleDiagram } from 'rx-sse/diagram';");
  await writeFile(join(folder, 'testing.mjs'), "export { fakeEventSource } from 'rx-sse/testing';");
  const { forProduction, forDevelopment } = bundlers(folder);
  await checkConditions(forProduction, forDevelopment);
  for (const [name, bundle] of Object.entries(forProduction)) {
    for (const [entry, how] of Object.entries({ 'events.mjs': 'import', 'required.cjs': 'require' })) {
      await check(`${name}, ${how}: no warnings, no cross-fetch, no test kit, no Angular`, async () => {
        const { modules, warnings } = await bundle(entry);
        assert.deepEqual(warnings, []);
        assert.deepEqual(
          modules.filter(path => /cross-fetch|node-fetch|fallback-fetch\.node/.test(path)),
          [],
        );
        assert.ok(filesOf(modules, 'life').includes('run-life'));
        assert.deepEqual(filesOf(modules, 'testing'), []);
        assert.deepEqual(filesOf(modules, 'angular'), []);
        return `${modules.length} modules`;
      });
    }
    await check(`${name}: fromEventSource brings none of the operators behind it`, async () => {
      const { modules } = await bundle('events.mjs');
      assert.deepEqual(filesOf(modules, 'operators').filter(isOperator), []);
      // Makes sure that the check finds them if they are imported.
      const { modules: all } = await bundle('operators.mjs');
      assert.deepEqual(filesOf(all, 'operators').filter(isOperator), Object.keys(OPERATORS));
    });
    await check(`${name}: the test kit brings nothing else`, async () => {
      const { modules, warnings } = await bundle('testing.mjs');
      assert.deepEqual(warnings, []);
      assert.ok(filesOf(modules, 'testing').includes('fake-event-source'));
      assert.deepEqual(
        modules.filter(path => /rx-sse\/dist\/(?!esm\/testing\/)/.test(path)),
        [],
      );
      return `${modules.length} modules`;
    });
    await check(`${name}: rx-sse/diagram brings no stream, and no RxJS`, async () => {
      const { modules, warnings } = await bundle('diagram.mjs');
      assert.deepEqual(warnings, []);
      assert.ok(filesOf(modules, 'diagram').includes('lifecycle-diagram'));
      assert.deepEqual(
        modules.filter(path => /rxjs|rx-sse\/dist\/esm\/(?!diagram\/|kind\.|check\.)/.test(path)),
        [],
      );
      return `${modules.length} modules`;
    });
    await check(`${name}: rx-sse/parser brings no RxJS, and the parser for its platform`, async () => {
      const { modules, warnings } = await bundle('parser-door.mjs');
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        filesOf(modules, 'parsing').filter(file => file.startsWith('event-stream-parser')),
        ['event-stream-parser', ...(name.endsWith('Node') ? ['event-stream-parser.node'] : [])],
      );
      assert.deepEqual(
        modules.filter(path => /rxjs|rx-sse.*\/(connection|life|position|operators|testing)\//.test(path)),
        [],
      );
      return `${modules.length} modules`;
    });
    await check(`${name}: the parser alone brings no connection and no life`, async () => {
      const { modules, warnings } = await bundle('parser.mjs');
      assert.deepEqual(warnings, []);
      assert.deepEqual(
        modules.filter(path => /rx-sse.*\/(connection|life|position|operators|testing)\/|from-event-source/.test(path)),
        [],
      );
      assert.ok(modules.some(path => path.endsWith('rx-sse/dist/esm/parsing/line-reader.js')));
      return `${modules.length} modules`;
    });
    await checkAngularBundles(name, bundle);
  }
  const sizes = [
    ['fromEventSource', 'events.mjs', {}],
    ['parseEventStream', 'parser.mjs', {}],
    ['fromEventSource with RxJS', 'events.mjs', { external: [] }],
  ];
  for (const [name, entry, options] of sizes) {
    await check(`size of ${name}, minified and gzipped`, async () => {
      const { code } = await bundleWithEsbuild(folder, entry, { platform: 'browser', ...options });
      return `${gzipSync(code, { level: 9 }).length} bytes (${Buffer.byteLength(code)} minified)`;
    });
  }
}

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
  await checkRuns(lowestProject, lowest);

  const angularProject = version => {
    const folder = join(work, `angular-${version}`);
    const angular = ['core', 'common', 'compiler'].map(name => `@angular/${name}@${version}`);
    return createProject(folder, tarball, 'rxjs@7', ...angular).then(() => folder);
  };
  const lowestAngular = `${peerDependencies['@angular/core'].replace('>=', '')}.0.0`;
  for (const version of [lowestAngular, angular.version, ANGULAR_22]) {
    const folder = await angularProject(version);
    await checkAngular(folder);
    await checkAngularTypes(folder);
  }

  await checkSamples(newestProject);
  await checkTypes('bundler', newestProject, 'ts', { ...BROWSER, ...BUNDLER });
  await checkTypes('nodenext, ES module', newestProject, 'mts', { ...BROWSER, ...NODENEXT });
  await checkTypes('nodenext, CommonJS', newestProject, 'cts', { ...BROWSER, ...NODENEXT });
  await checkTypes('nodenext, ES module, Node without DOM', newestProject, 'mts', { ...NODE, ...NODENEXT }, SAMPLES);
  await checkTypes('node10', newestProject, 'ts', { ...BROWSER, ...NODE10 });
  // Before 7.5.5, the exports of RxJS have no types: only node10 finds them.
  await checkTypes(`node10, rxjs ${lowest}`, lowestProject, 'ts', { ...BROWSER, ...NODE10 });

  const bundled = join(work, 'bundled');
  await createProject(bundled, tarball, 'rxjs@7', ...BUNDLERS);
  await checkBundles(bundled);
} finally {
  await rm(work, { recursive: true, force: true });
}
conclude('package checks');
