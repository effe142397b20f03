import config from '../../jest.config.js';

/** Runs one list of behaviours in every engine. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/conformance'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/spec/conformance/make-application.mjs',
  testTimeout: 120_000,
};
