// The bundlers for the checks of the package, each as one function: it takes an entry, and returns its modules and its
// warnings.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';

/** The bundlers to install, in the checked versions. esbuild is already a dependency of the project. */
export const BUNDLERS = [
  'webpack@5.112.2',
  'vite@8.3.8',
  'rollup@4.68.7',
  '@rollup/plugin-commonjs@29.0.3',
  '@rollup/plugin-node-resolve@16.0.3',
];

const OUTSIDE = [/^(rxjs|@angular)(\/|$)/];

/**
 * Returns the bundlers by name, for entries in `folder`, where they are installed: `forProduction` and
 * `forDevelopment`. Each returns the paths of the modules in the bundle, and the warnings. RxJS and Angular are
 * external.
 */
export function bundlers(folder) {
  const forProduction = {
    'esbuild for the browser': withEsbuild(folder, 'browser'),
    'esbuild for no platform': withEsbuild(folder, 'neutral'),
    'esbuild for Node': withEsbuild(folder, 'node'),
    'webpack for the browser': withWebpack(folder, 'web'),
    'webpack for Node': withWebpack(folder, 'node'),
    'vite for the browser': withVite(folder, 'web'),
    'vite for Node': withVite(folder, 'node'),
    'rollup for the browser': withRollup(folder),
  };
  // Each is configured for development in its own way. The bundlers above build for production or have no mode.
  const forDevelopment = {
    'esbuild for the browser': withEsbuild(folder, 'browser', { conditions: ['development'] }),
    'webpack for the browser': withWebpack(folder, 'web', 'development'),
    'vite for the browser': withVite(folder, 'web', 'development'),
    'rollup for the browser': withRollup(folder, { browser: true, exportConditions: ['development'] }),
  };
  return { forProduction, forDevelopment };
}

/** Returns the minified esbuild bundle of an entry in `folder`. */
export async function bundleWithEsbuild(folder, entry, options) {
  const { outputFiles, metafile, warnings } = await esbuild({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['rxjs', '@angular/*'],
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...options,
  });
  const inputs = Object.values(metafile.outputs).flatMap(output => Object.entries(output.inputs));
  return {
    code: outputFiles.map(({ text }) => text).join('\n'),
    modules: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path),
    warnings: warnings.map(({ text }) => text),
  };
}

const modulesOfRollup = ({ output }) =>
  output
    .flatMap(({ modules = {} }) => Object.entries(modules))
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([path]) => path);

const load = (folder, name) => import(createRequire(join(folder, 'package.json')).resolve(name));

const withEsbuild = (folder, platform, options) => async entry => {
  const { modules, warnings } = await bundleWithEsbuild(folder, entry, { platform, ...options });
  return { modules, warnings };
};

const withWebpack =
  (folder, target, mode = 'production') =>
  async entry => {
    const { default: webpack } = await load(folder, 'webpack');
    const stats = await promisify(webpack)({
      mode,
      target: [target, 'es2022'],
      context: folder,
      entry: `./${entry}`,
      externalsType: 'module',
      externals: OUTSIDE,
      experiments: { outputModule: true },
      output: { path: join(folder, 'out'), library: { type: 'module' } },
    });
    const { modules, warnings, errors } = stats.toJson({
      all: false,
      errors: true,
      warnings: true,
      modules: true,
      modulesSpace: Infinity,
      nestedModules: true,
      nestedModulesSpace: Infinity,
    });
    return {
      // Omitted modules are one entry without a name.
      modules: modules.flatMap(module => [module, ...(module.modules ?? [])]).flatMap(({ name }) => name ?? []),
      warnings: [...errors, ...warnings].map(({ message }) => message),
    };
  };

const withVite =
  (folder, target, mode = 'production') =>
  async entry => {
    const { build, createLogger } = await load(folder, 'vite');
    // `vite build` selects the condition by this variable.
    process.env.NODE_ENV = mode;
    const warnings = [];
    const note = message => warnings.push(message);
    const built = await build({
      root: folder,
      mode,
      configFile: false,
      logLevel: 'silent',
      customLogger: { ...createLogger('silent'), warn: note, warnOnce: note, error: note },
      ssr: { noExternal: true },
      build: {
        write: false,
        rollupOptions: { external: OUTSIDE },
        ...(target === 'node' ? { ssr: entry } : { lib: { entry, formats: ['es'] } }),
      },
    });
    return { modules: [built].flat().flatMap(modulesOfRollup), warnings };
  };

const withRollup = (folder, options) => async entry => {
  const { rollup } = await load(folder, 'rollup');
  const { default: commonjs } = await load(folder, '@rollup/plugin-commonjs');
  const { default: nodeResolve } = await load(folder, '@rollup/plugin-node-resolve');
  const warnings = [];
  const bundle = await rollup({
    input: join(folder, entry),
    external: OUTSIDE,
    plugins: [nodeResolve(options), commonjs()],
    onLog: (_level, { message }) => warnings.push(message),
  });
  return { modules: modulesOfRollup(await bundle.generate({ format: 'es' })), warnings };
};
