import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** The test kit under vitest, on the sources: `npm run test:vitest`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: { include: ['*.test.ts'] },
  resolve: {
    alias: [
      { find: '#fetch', replacement: source('connection/fallback-fetch.node.ts') },
      { find: 'rx-sse/testing', replacement: source('testing/index.ts') },
      { find: 'rx-sse', replacement: source('index.ts') },
    ],
  },
});
