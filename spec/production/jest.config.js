import { join } from 'node:path';
import config from '../../jest.config.js';

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

/** Specs of what no page loads: the command, the servers of the examples, documents, scripts. `npm test` runs them. */
const OUTSIDE = [
  'cli/',
  'comparison/',
  'examples/chat(-port|-history|-post-message)?\\.spec',
  'examples/(file-message-store|playground-port)\\.spec',
  'publishing/',
  'scripts/',
  '(dev-proxy|docs|index|pictures|pitfalls|readme|security)\\.spec',
].map(pattern => `<rootDir>/spec/${pattern}`);

const { maxWorkers, randomize, testTimeout, collectCoverageFrom, coverageThreshold, ...project } = config;
const ignored = config.testPathIgnorePatterns.map(pattern => pattern.replace('|production', ''));

/** The modules of a page in production: `default` of `imports` in package.json, except for the fetch and the bodies of Node. */
const modulesOf = (folder, extension) => ({
  ...config.moduleNameMapper,
  ...Object.fromEntries(
    Object.entries({
      '^#fetch$': 'connection/fallback-fetch.node',
      '^#other-bodies$': 'connection/other-bodies.node',
      '^#platform$': 'platform.node',
      '^#texts$': 'texts.production',
      '^#event-stream-parser$': 'parsing/event-stream-parser',
      '^#parser-checks$': 'parsing/parser-checks.production',
      '^#angular-checks$': 'angular/angular-checks.production',
      '^#check$': 'check.production',
      '^#option-checks$': 'option-checks.production',
      '^rx-sse$': 'index',
      '^rx-sse/angular$': 'angular/index',
      '^rx-sse/diagram$': 'diagram/index',
      '^rx-sse/parser$': 'parser/index',
      '^rx-sse/tabs$': 'tabs/index',
      '^rx-sse/testing$': 'testing/index',
    }).map(([name, module]) => [name, `<rootDir>/${folder}/${module}.${extension}`]),
  ),
});

const built = modulesOf('dist/esm', 'js');

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
      testPathIgnorePatterns: [...ignored, ...INSIDE, ...OUTSIDE],
      moduleNameMapper: { '^(?:\\.{1,2}/)+src/(.*)\\.js$': '<rootDir>/dist/esm/$1.js', ...built },
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
