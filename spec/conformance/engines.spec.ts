import { describeEngines } from './describe-engines.js';
import { ENGINES } from './engines.js';
import { FIREFOX_AND_WEBKIT } from './browsers.js';

describeEngines(ENGINES.filter(engine => !FIREFOX_AND_WEBKIT.includes(engine)));
