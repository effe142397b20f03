import { join } from 'node:path';
import config from '../../jest.config.js';

const rootDir = join(import.meta.dirname, '../..');

/** Runs the specs of Angular and NgRx again, with the Angular version of this folder. */
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
  // This folder's node_modules take precedence for every importer: rxjs and zone.js must be loaded only once.
  moduleDirectories: [join(import.meta.dirname, 'node_modules'), 'node_modules'],
};
