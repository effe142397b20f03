/**
 * One connection for all tabs of an application.
 *
 * @module rx-sse/tabs
 */

export type { TabLifecycle } from './message.js';
export {
  endForAll,
  type EndForAllOptions,
  shareAcrossTabs,
  type ShareAcrossTabsOptions,
  type TabContext,
} from './share-across-tabs.js';
export type { TabChannel, TabChannelClass, TabLocks, TabPage, TabPlatform } from './tab-platform.js';
