import config from './jest.config.js';

/** The suites that take minutes: leak census and chaos. */
/** @type {import('jest').Config} */
export default {
  ...config,
  roots: ['<rootDir>/spec/heavy'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  coverageThreshold: undefined,
};
