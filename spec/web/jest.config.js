import config from '../browser/jest.config.js';

/** What browsers differ in: in Chromium, Firefox and WebKit. */
/** @type {import('jest').Config} */
export default { ...config, roots: ['<rootDir>/spec/web'] };
