import config from '../../jest.config.js';

/** The specs that run in a browser, in Chromium, with the package as an application installs and bundles it. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/browser'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/spec/browser/bundle.mjs',
  testTimeout: 120_000,
};
