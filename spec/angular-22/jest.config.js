import { join } from 'node:path';
import config from '../../jest.config.js';
import { BUILT } from '../production/modules.js';

const rootDir = join(import.meta.dirname, '../..');

/** Runs the specs of Angular and NgRx again, with the Angular version of this folder and the built package. */
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
  moduleNameMapper: BUILT,
  // This folder's node_modules take precedence for every importer: rxjs and zone.js must be loaded only once.
  moduleDirectories: [join(import.meta.dirname, 'node_modules'), 'node_modules'],
};
