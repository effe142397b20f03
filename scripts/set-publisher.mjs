// Writes who publishes the package, as publisher.json says it, wherever that is named. With --check it writes nothing, and fails if a file disagrees.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { disagreeing, placeholders, readPublisher } from './publisher.mjs';

const facts = readPublisher();
const files = disagreeing(facts);
const open = placeholders(facts);
if (process.argv.includes('--check')) {
  for (const { path } of files) console.error(`${path} disagrees with publisher.json: npm run set-publisher`);
  process.exitCode = files.length > 0 ? 1 : 0;
} else {
  for (const { path, agreed } of files) {
    writeFileSync(join(import.meta.dirname, '..', path), agreed);
    console.log(`${path} written`);
  }
}
if (files.length === 0) console.log('All files agree with publisher.json');
if (open.length > 0) console.log(`Nobody has filled in yet: ${open.join(', ')}`);
