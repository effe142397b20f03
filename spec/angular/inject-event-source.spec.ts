/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
import { injectEventSourceBehaviour } from '../support/inject-event-source-behaviour.js';

injectEventSourceBehaviour('zoneless');
