// Builds the application for production with rx-sse from the packed tarball, and prints what it adds to the bundle: npm
// run build
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { example, install } from './install.mjs';
import { run } from './run.mjs';
import { shareOf } from './share-of.mjs';

console.log('Installing, and packing rx-sse …');
await install();
console.log('Building …');
const printed = await run(example, process.execPath, 'node_modules/@angular/cli/bin/ng.js', 'build', '--stats-json');
console.log(printed);
if (/warning/i.test(printed)) throw new Error('Expected a build without a warning');
console.log(shareOf('rx-sse', JSON.parse(await readFile(join(example, 'dist/stats.json'), 'utf8'))));
