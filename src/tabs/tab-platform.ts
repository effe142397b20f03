/** What tabs reach each other by: as `BroadcastChannel` has it. */
export interface TabChannel {
  /** Called for what another tab has posted. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** Sends a copy to all other tabs. */
  postMessage(message: unknown): void;
  /** Ends it. */
  close(): void;
}

/** The class of channels, as `BroadcastChannel`: each has a name. */
export type TabChannelClass = new (name: string) => TabChannel;

/** The locks of an origin: as `navigator.locks` has them. */
export interface TabLocks {
  /** Asks for a lock, and has it until what `callback` returns is fulfilled. */
  request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
  /** The names of the locks that somebody has, and that somebody asks for. */
  query(): Promise<Partial<Record<'held' | 'pending', readonly Partial<Record<'name', string>>[]>>>;
}

/** What a tab has of its browser: for tests (`fakeTabs` of `rx-sse/testing`), and for platforms of another kind. */
export interface TabPlatform {
  /** Without locks each tab has a connection of its own. */
  readonly locks?: TabLocks | undefined;
  /** Without it, too. */
  readonly BroadcastChannel?: TabChannelClass | undefined;
  /** The page: it dispatches `visibilitychange`, `pagehide`, `pageshow`, `freeze` and `resume`. In a worker there is none. */
  readonly page?: TabPage | undefined;
}

/** What it has to know of the page. */
export interface TabPage extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  /** Whether nobody sees it. */
  readonly isHidden: boolean;
}

/** The tab that this runs in. */
export function thisTab(): TabPlatform {
  const { navigator, BroadcastChannel, document } = globalThis as Partial<typeof globalThis>;
  // A server is no tab, though Node has both as well: what it shared would be between its users.
  if (!document && !('WorkerGlobalScope' in globalThis)) return {};
  // They are there in secure contexts alone.
  const locks = navigator?.locks as TabLocks | undefined;
  // What is dispatched on the document passes the window first, if listeners capture.
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
