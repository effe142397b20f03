import config from '../browser/jest.config.js';

/** Tests of behavior that differs between browsers: in Chromium, Firefox and WebKit. */
/** @type {import('jest').Config} */
export default { ...config, roots: ['<rootDir>/spec/web'] };
