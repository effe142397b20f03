import config from '../../../jest.config.js';

/** The specs about the messages that servers lose, measured on a real Redis. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../../..',
  roots: ['<rootDir>/spec/comparison/servers'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
};
