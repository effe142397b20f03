import config from '../../jest.config.js';

/** The specs of `npm test` again, on the modules that a page in production loads: `default` of `imports` in package.json. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  testPathIgnorePatterns: config.testPathIgnorePatterns.map(pattern => pattern.replace('|production', '')),
  // Node's fetch, and bodies that are no streams of the web, are for Node alone.
  moduleNameMapper: {
    ...config.moduleNameMapper,
    '^#texts$': '<rootDir>/src/texts.production.ts',
    '^#event-stream-parser$': '<rootDir>/src/parsing/event-stream-parser.ts',
    '^#parser-checks$': '<rootDir>/src/parsing/parser-checks.production.ts',
    '^#angular-checks$': '<rootDir>/src/angular/angular-checks.production.ts',
    '^#check$': '<rootDir>/src/check.production.ts',
    '^#option-checks$': '<rootDir>/src/option-checks.production.ts',
  },
};
