/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec', '<rootDir>/examples/testing'],
  testMatch: ['**/*.spec.ts'],
  // Each of these has a configuration, and a command, of its own.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/spec/(heavy|browser|web|conformance|interop|angular-22|angular-chat|production|comparison/servers)/',
  ],
  // What jsdom lacks, for the specs that run in it.
  setupFiles: ['<rootDir>/examples/testing/jsdom.setup.ts'],
  // What one test leaves behind for the next shows in another order; `--seed` repeats one.
  randomize: true,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
  moduleNameMapper: {
    '^#fetch$': '<rootDir>/src/connection/fallback-fetch.node.ts',
    '^#other-bodies$': '<rootDir>/src/connection/other-bodies.node.ts',
    '^#platform$': '<rootDir>/src/platform.node.ts',
    '^#texts$': '<rootDir>/src/texts.ts',
    '^#event-stream-parser$': '<rootDir>/src/parsing/event-stream-parser.node.ts',
    '^#angular-checks$': '<rootDir>/src/angular/angular-checks.ts',
    '^#parser-checks$': '<rootDir>/src/parsing/parser-checks.ts',
    '^#check$': '<rootDir>/src/check.ts',
    '^#option-checks$': '<rootDir>/src/option-checks.ts',
    '^rx-sse$': '<rootDir>/src/index.ts',
    '^rx-sse/angular$': '<rootDir>/src/angular/index.ts',
    '^rx-sse/parser$': '<rootDir>/src/parser/index.ts',
    '^rx-sse/tabs$': '<rootDir>/src/tabs/index.ts',
    '^rx-sse/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // Much of a test is waiting for a socket: all cores, and not one less.
  maxWorkers: '100%',
  // Real servers on a slow machine: nothing waits for this long unless it is broken.
  testTimeout: 30_000,
  collectCoverageFrom: ['src/**/*.ts'],
  coverageThreshold: { global: { branches: 95 } },
};
