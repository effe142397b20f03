import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** Runs the test kit in vitest, from the sources: `npm run test:vitest`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: { include: ['*.test.ts'] },
  resolve: {
    alias: [
      { find: '#platform', replacement: source('platform.node.ts') },
      { find: '#other-bodies', replacement: source('connection/other-bodies.node.ts') },
      { find: '#texts', replacement: source('texts.ts') },
      { find: '#event-stream-parser', replacement: source('parsing/event-stream-parser.node.ts') },
      { find: '#angular-checks', replacement: source('angular/angular-checks.ts') },
      { find: '#parser-checks', replacement: source('parsing/parser-checks.ts') },
      { find: '#check', replacement: source('check.ts') },
      { find: '#option-checks', replacement: source('option-checks.ts') },
      { find: '#fetch', replacement: source('connection/fallback-fetch.node.ts') },
      { find: 'rx-sse/parser', replacement: source('parser/index.ts') },
      { find: 'rx-sse/testing', replacement: source('testing/index.ts') },
      { find: 'rx-sse', replacement: source('index.ts') },
    ],
  },
});
