import { join } from 'node:path';
import config from '../../jest.config.js';
import { BUILT, modulesOf } from './modules.js';

const rootDir = join(import.meta.dirname, '../..');
/** Specs that look inside classes, at members whose names the build shortens. */
const INSIDE = [
  'connection/idle-watch',
  'diagram/timeline',
  'diagram/timeline.random',
  'life/backoff',
  'parsing/item-parser',
  'position/cursor',
  'position/cursor.position',
  'tabs/tab-machine.random',
].map(name => `<rootDir>/spec/${name}.spec.ts`);

/**
 * Specs of what no page loads: the command, the servers of the examples, documents, scripts. `npm test` runs them. And
 * those of Angular and NgRx, because `npm run test:angular-22` uses the built package too.
 */
const OUTSIDE = [
  'angular/',
  'cli/',
  'comparison/',
  'examples/chat(-port|-history|-post-message)?\\.spec',
  'examples/stores/',
  'examples/(file-message-store|playground-port)\\.spec',
  'publishing/',
  'scripts/',
  '(dev-proxy|docs|index|pictures|pitfalls|readme|security)\\.spec',
].map(pattern => `<rootDir>/spec/${pattern}`);

const { maxWorkers, randomize, testTimeout, collectCoverageFrom, coverageThreshold, ...project } = config;
const ignored = config.testPathIgnorePatterns.map(pattern => pattern.replace('|production', ''));

/** Runs the specs of `npm test` against the built package, as a page in production loads it. */
/** @type {import('jest').Config} */
export default {
  rootDir,
  maxWorkers,
  randomize,
  testTimeout,
  projects: [
    {
      ...project,
      displayName: 'built',
      rootDir,
      roots: ['<rootDir>/spec'],
      testPathIgnorePatterns: [...ignored, ...INSIDE, ...OUTSIDE],
      moduleNameMapper: BUILT,
    },
    {
      ...project,
      displayName: 'sources',
      rootDir,
      testMatch: INSIDE,
      moduleNameMapper: modulesOf('src', 'ts'),
    },
  ],
};
