/**
 * Returns what a package adds to the browser bundle, as the bundler counts it (esbuild's `bytesInOutput`): minified,
 * before compression. Each entry point has its own folder; all other files are the core.
 *
 * @param stats the metafile of `ng build --stats-json`, for the browser and the server
 */
export function shareOf(name, { outputs }) {
  const doors = {};
  let all = 0;
  for (const [output, { inputs }] of Object.entries(outputs)) {
    // The files of the server are `.mjs`.
    if (!output.endsWith('.js')) continue;
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      all += bytesInOutput;
      const [, path] = input.split(`node_modules/${name}/`);
      if (path === undefined) continue;
      const door = /^dist\/esm\/(angular|parser|testing)\//.exec(path)?.[1] ?? 'core';
      doors[door] = (doors[door] ?? 0) + bytesInOutput;
    }
  }
  const parts = Object.entries(doors).sort(([a], [b]) => Number(b === 'core') - Number(a === 'core'));
  const sum = parts.reduce((total, [, bytes]) => total + bytes, 0);
  if (sum === 0) throw new Error(`Expected ${name} in the bundle`);
  const detail = parts.map(([door, bytes]) => `${door} ${number(bytes)}`).join(', ');
  return `${name} in the browser bundle: ${number(sum)} bytes minified (${detail}) of ${number(all)}`;
}

const number = value => value.toLocaleString('en').replaceAll(',', ' ');
