import config from '../../jest.config.js';

/** Against servers that other people wrote. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/interop'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
};
