/** A channel between tabs, like `BroadcastChannel`. */
export interface TabChannel {
  /** Called with each message of another tab. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** Sends a copy to all other tabs. */
  postMessage(message: unknown): void;
  /** Closes the channel. */
  close(): void;
}

/** The class of channels, like `BroadcastChannel`. Each has a name. */
export type TabChannelClass = new (name: string) => TabChannel;

/** The locks of an origin, like `navigator.locks`. */
export interface TabLocks {
  /** Requests a lock, and holds it until the Promise of `callback` fulfills. */
  request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
  /** Returns the names of the held and the requested locks. */
  query(): Promise<Partial<Record<'held' | 'pending', readonly Partial<Record<'name', string>>[]>>>;
}

/**
 * The parts of the browser that a tab uses. Replace it in tests (`fakeTabs` of `rx-sse/testing`) and on other
 * platforms.
 */
export interface TabPlatform {
  /** The locks. Without them, each tab has its own connection. */
  readonly locks?: TabLocks | undefined;
  /** The channels. Without them, each tab has its own connection. */
  readonly BroadcastChannel?: TabChannelClass | undefined;
  /** The page. It dispatches `visibilitychange`, `pagehide`, `pageshow`, `freeze` and `resume`. Workers have none. */
  readonly page?: TabPage | undefined;
}

/** The part of a page that is used. */
export interface TabPage extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  /** Whether the page is hidden. */
  readonly isHidden: boolean;
}

/** Returns the platform of the current tab. */
export function thisTab(): TabPlatform {
  const { navigator, BroadcastChannel, document } = globalThis as Partial<typeof globalThis>;
  // Node has locks and channels too, but a server isn't a tab: it would share streams between users.
  if (!document && !('WorkerGlobalScope' in globalThis)) return {};
  // Only available in secure contexts.
  const locks = navigator?.locks as TabLocks | undefined;
  // An event that is dispatched on the document reaches capturing listeners on the window first.
  const page = document && {
    addEventListener: (type: string, listener: EventListener) => addEventListener(type, listener, true),
    removeEventListener: (type: string, listener: EventListener) => removeEventListener(type, listener, true),
    get isHidden() {
      return document.visibilityState === 'hidden';
    },
  };
  return {
    locks,
    BroadcastChannel: BroadcastChannel as TabPlatform['BroadcastChannel'],
    page,
  };
}
