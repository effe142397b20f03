import config from '../../jest.config.js';

/** Tests against servers by other authors. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/spec/interop'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
};
