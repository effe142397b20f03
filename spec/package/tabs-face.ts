// Uses the whole public API of `rx-sse/tabs`, as `public-face.ts` uses that of the package.
import { EMPTY, type Observable } from 'rxjs';
import {
  endForAll,
  type EndForAllOptions,
  shareAcrossTabs,
  type ShareAcrossTabsOptions,
  type TabChannel,
  type TabChannelClass,
  type TabContext,
  type TabLifecycle,
  type TabLocks,
  type TabPage,
  type TabPlatform,
} from '../../src/tabs/index.js';

const locks: TabLocks = {
  request: (_name, { signal }, callback) => (signal.aborted ? Promise.resolve() : callback()),
  query: () => Promise.resolve({}),
};
const page: TabPage = { addEventListener: () => undefined, removeEventListener: () => undefined, isHidden: false };
const channel: TabChannel = { onmessage: null, postMessage: () => undefined, close: () => undefined };
const Channel: TabChannelClass | undefined = undefined;
const platform: TabPlatform = { locks, page, BroadcastChannel: Channel };
const options: ShareAcrossTabsOptions = { key: 'news/ada', lastEventId: '7', bufferSize: 10, replay: 1, platform };
const end: EndForAllOptions = { platform };

export const shared: Observable<TabLifecycle> = shareAcrossTabs(
  ({ lastEventId }: TabContext) => (lastEventId ? EMPTY : EMPTY),
  options,
);
export const log = (): void => {
  shared.subscribe(step => console.log(step.kind === 'role' ? step.role : step.kind, channel));
  void endForAll('ada', end);
};

// @ts-expect-error -- a key is needed
export const keyless = shareAcrossTabs(() => EMPTY, {});
