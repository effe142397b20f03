// What the tarball holds: what its package.json promises, and nothing that is for developers alone.
import { run } from './check.mjs';

const PACKED = [
  /^dist\/esm\/.*\.(js|d\.ts)$/,
  /^dist\/cjs\/(?!angular\/).*\.(cjs|d\.cts)$/,
  /^schematics\/(collection|ng-add)\.(json|cjs)$/,
  /^docs\/[\w.-]+\.md$/,
  /^docs\/images\/[\w.-]+\.(svg|png)$/,
  /^(CHANGELOG|CONTRIBUTING|README|SECURITY)\.md$/,
  /^(LICENSE|package\.json)$/,
];

/** The files that `npm pack` would pack of the folder `root`, which is built: the paths, and the size in bytes. */
export async function packedFiles(root) {
  const [{ files, size }] = JSON.parse(await run(root, 'npm', 'pack', '--dry-run', '--ignore-scripts', '--json'));
  return { paths: files.map(({ path }) => path), size };
}

/** The `paths` that users don't need. */
export const unexpected = paths => paths.filter(path => !PACKED.some(form => form.test(path)));

/** Files that `package.json` names, or that everybody looks for, and that `paths` lack. */
export function missing(paths, { bin, main, module, types, exports, imports, typesVersions, schematics }) {
  const named = pathsIn([bin, main, module, types, exports, imports, typesVersions, schematics]);
  const wanted = named.filter(path => path.startsWith('./')).map(path => path.slice(2));
  return [...new Set([...wanted, 'README.md', 'LICENSE', 'CHANGELOG.md'])].filter(path => !paths.includes(path));
}

const pathsIn = value => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(pathsIn));
