import { FIREFOX_AND_WEBKIT } from './browsers.js';
import { describeEngines } from './describe-engines.js';

// These engines have their own step in CI, because each starts a browser and takes minutes.
describeEngines(FIREFOX_AND_WEBKIT);
