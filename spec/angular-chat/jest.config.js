import config from '../../jest.config.js';

/** Tests the Angular application of `examples/angular-chat`, built for production, on its own server, in Chromium. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/angular-chat'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/spec/angular-chat/build.mjs',
  testTimeout: 120_000,
};
