// The chat in a terminal: npx tsx examples/chat/terminal.ts [origin] [--name <name>] [--position <file>]
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeUntil } from 'rxjs';
import { chatTerminal } from './client/chat-terminal.js';
import { fileLastEventId } from './client/file-last-event-id.js';
import { interrupted } from './client/interrupted.js';
import { messageOf } from './client/message-of.js';

const { values, positionals } = parseArgs({
  options: { name: { type: 'string', default: userInfo().username }, position: { type: 'string' } },
  allowPositionals: true,
});
const { origin, host } = new URL(positionals[0] ?? 'http://127.0.0.1:8080');
// One position per reader and server.
const defaultFile = join(import.meta.dirname, '.data/positions', encodeURIComponent(`${values.name}@${host}`));

chatTerminal({
  origin,
  author: values.name,
  position: fileLastEventId(values.position ?? defaultFile),
  input: process.stdin,
  output: process.stdout,
})
  .pipe(takeUntil(interrupted()))
  .subscribe({
    error: (error: unknown) => {
      console.error(messageOf(error));
      process.exitCode = 1;
    },
  });
