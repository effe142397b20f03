/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec', '<rootDir>/examples/testing'],
  testMatch: ['**/*.spec.ts'],
  // Each of these has its own configuration and command.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/spec/(heavy|browser|web|conformance|interop|angular-22|angular-chat|production|comparison/servers)/',
  ],
  // Adds missing globals to jsdom.
  setupFiles: ['<rootDir>/examples/testing/jsdom.setup.ts'],
  // A random order shows tests that depend on each other. `--seed` repeats an order.
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
    '^rx-sse/diagram$': '<rootDir>/src/diagram/index.ts',
    '^rx-sse/parser$': '<rootDir>/src/parser/index.ts',
    '^rx-sse/tabs$': '<rootDir>/src/tabs/index.ts',
    '^rx-sse/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // Tests mostly wait for sockets, so use all cores.
  maxWorkers: '100%',
  // Real servers on a slow machine can take a while. A working test never takes this long.
  testTimeout: 30_000,
  collectCoverageFrom: ['src/**/*.ts'],
  coverageThreshold: { global: { branches: 95 } },
};
