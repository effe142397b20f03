// Builds the playground, and serves it: npm run playground -- [--port <port>]
import { parseArgs } from 'node:util';
import { parseNumber } from '../chat/parse-number.js';
import { buildPage } from './build-page.js';
import { servePage } from './page-server.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const port = parseNumber('--port', values.port, 0, 65_535);
const { origin, close } = await servePage(buildPage(), port);
console.log(`The playground is at ${origin}/ — Ctrl-C ends it`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, close);
