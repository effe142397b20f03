import { FIREFOX_AND_WEBKIT } from './browsers.js';
import { describeEngines } from './describe-engines.js';

// A step of their own in CI: each takes a browser, and minutes.
describeEngines(FIREFOX_AND_WEBKIT);
