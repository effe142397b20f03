#!/usr/bin/env node
import { fromEvent, map, merge, take } from 'rxjs';
import { run } from './run.js';

// The code that writes to an output handles its errors.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const signals = (['SIGINT', 'SIGTERM'] as const).map(signal => fromEvent(process, signal).pipe(map(() => signal)));
const { stdin, stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  interrupted: merge(...signals).pipe(take(1)),
});
