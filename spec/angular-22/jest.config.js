import { join } from 'node:path';
import config from '../../jest.config.js';

const rootDir = join(import.meta.dirname, '../..');

/** The specs of Angular and NgRx again, with the Angular of this folder. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir,
  roots: [
    '<rootDir>/spec/angular',
    '<rootDir>/spec/examples/stores',
    '<rootDir>/examples/testing',
    '<rootDir>/spec/angular-22',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  // It comes before that of the repository, for whoever imports it: rxjs and zone.js must be there once.
  moduleDirectories: [join(import.meta.dirname, 'node_modules'), 'node_modules'],
};
