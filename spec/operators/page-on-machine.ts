import { afterEach, beforeEach } from '@jest/globals';
import { pageResumed, type PageResumedOptions } from '../../src/index.js';
import { unobserve } from '../support/observe.js';
import { VirtualMachine } from '../support/virtual-machine.js';
import { VirtualPage } from '../support/virtual-page.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** The machine of the current test: its clocks and timers. */
export let machine: VirtualMachine;
/** The page of the current test, on that machine. */
export let page: VirtualPage;
beforeEach(() => {
  machine = new VirtualMachine();
  page = new VirtualPage();
});
afterEach(() => {
  unobserve();
  page.remove();
  machine.switchOff();
});

/** Returns the tested stream, on that machine. */
export const resumed = (options: PageResumedOptions = {}) => pageResumed({ scheduler: machine, ...options });
