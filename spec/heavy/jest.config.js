import config from '../../jest.config.js';

/** The suites that take minutes: leak census, chaos, abuse and backpressure. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/heavy'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  coverageThreshold: undefined,
};
