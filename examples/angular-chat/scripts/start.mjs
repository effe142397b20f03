// Builds the application and starts it: npm start -- [--port <port>] [--data <folder>] [--trouble]
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import './build.mjs';
import { example } from './install.mjs';

const server = spawn(process.execPath, [join(example, 'dist/server/server.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Both processes receive a Ctrl-C. The server ends, and then this script.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.once('exit', code => (process.exitCode = code ?? 1));
