/** A tab for tests. Pass its `platform` to `shareAcrossTabs` of `rx-sse/tabs`. */
export interface FakeTab {
  /** The locks, channels and page of the tab. */
  readonly platform: FakeTabPlatform;
  /** Whether the tab is hidden. */
  readonly isHidden: boolean;
  /** Hides the tab. The page gets `visibilitychange`. */
  hide(): void;
  /** Shows the tab again. */
  show(): void;
  /** Freezes the tab, as browsers do. The page gets `freeze`. */
  freeze(): void;
  /** Continues a frozen tab. The page gets `resume`. */
  resume(): void;
  /** Leaves the page, which may come back. The page gets `pagehide`. */
  leave(): void;
  /** Comes back to the page. The page gets `pageshow`. */
  comeBack(): void;
  /** Removes the tab with its locks and channels, without any event. Your test must end its subscriptions. */
  crash(): void;
}

/** The option `platform` of `shareAcrossTabs`. */
export interface FakeTabPlatform {
  /** Like `navigator.locks`. */
  readonly locks: FakeTabLocks;
  /** Like the global `BroadcastChannel`. */
  readonly BroadcastChannel: FakeTabChannelClass;
  /** The page of the tab. */
  readonly page: FakeTabPage;
}

/** The locks of the tabs in a test. */
export interface FakeTabLocks {
  /** Requests a lock, and holds it until the Promise of `callback` fulfills. */
  request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
  /** Returns the held and the requested locks. */
  query(): Promise<Record<'held' | 'pending', Record<'name', string>[]>>;
}

/** The class of a tab's channels. Each has a name. */
export type FakeTabChannelClass = new (name: string) => FakeTabChannel;

/** The page of a tab in a test. */
export interface FakeTabPage extends EventTarget {
  /** Whether the page is hidden. */
  readonly isHidden: boolean;
}

/** A channel between the tabs of a test. Messages must be cloneable data, and arrive a few microtasks later. */
export interface FakeTabChannel {
  /** Called with each message of another tab. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** Sends a copy to all other tabs. */
  postMessage(message: unknown): void;
  /** Closes the channel. */
  close(): void;
}

/** The tabs of a browser. */
export interface FakeTabs {
  /** Opens a visible tab. */
  open(): FakeTab;
  /** Fulfills when all messages have arrived and all locks are assigned. */
  settle(): Promise<void>;
}

interface Request {
  readonly name: string;
  readonly tab: FakeTabState;
  readonly start: () => void;
}

interface FakeTabState {
  isGone: boolean;
}

/**
 * Creates several tabs in one test, without a browser. They have locks, channels and pages. Time comes from the option
 * `scheduler`. `settle()` waits for messages and locks.
 *
 * @example
 * ```ts
 * import { shareAcrossTabs } from 'rx-sse/tabs';
 *
 * it('has one connection', async () => {
 *   const server = fakeEventSource();
 *   const tabs = fakeTabs();
 *   const texts: string[] = [];
 *   for (const { platform } of [tabs.open(), tabs.open()]) {
 *     shareAcrossTabs(() => fromEventSourceLifecycle('/news', { fetch: server.fetch }), { key: 'news', platform })
 *       .pipe(events())
 *       .subscribe(event => texts.push(event.data));
 *   }
 *   await tabs.settle();
 *   server.expectConnection('/news').open().send('hello');
 *   await tabs.settle();
 *   expect(texts).toEqual(['hello', 'hello']);
 * });
 * ```
 */
export function fakeTabs(): FakeTabs {
  const world = new FakeOrigin();
  return {
    open: () => openTab(world),
    settle: async () => {
      // This many turns are enough for everything that one message causes.
      do for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      while (world.underWay > 0);
    },
  };
}

/** The state that tabs share. */
class FakeOrigin {
  /** Messages that haven't arrived yet. */
  underWay = 0;
  readonly channels = new Set<FakeChannel>();
  readonly held: Request[] = [];
  readonly pending: Request[] = [];

  request(request: Request): void {
    this.pending.push(request);
    this.grant();
  }

  /** Withdraws a request for a lock that isn't held yet. */
  withdraw(request: Request): boolean {
    return remove(this.pending, request);
  }

  release(request: Request): void {
    if (remove(this.held, request)) this.grant();
  }

  forget(tab: FakeTabState): void {
    for (const channel of this.channels) if (channel.tab === tab) this.channels.delete(channel);
    for (const list of [this.held, this.pending]) {
      for (const request of [...list]) if (request.tab === tab) remove(list, request);
    }
    this.grant();
  }

  private grant(): void {
    for (const request of [...this.pending]) {
      if (this.held.some(({ name }) => name === request.name)) continue;
      remove(this.pending, request);
      this.held.push(request);
      request.start();
    }
  }
}

function remove<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

/** Copies a message for another tab. Jest's environment `jsdom` has no `structuredClone`, so it uses JSON. */
const copy = (message: unknown): unknown =>
  typeof structuredClone === 'function' ? structuredClone(message) : JSON.parse(JSON.stringify(message));

class FakeChannel implements FakeTabChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;

  constructor(
    private readonly world: FakeOrigin,
    readonly tab: FakeTabState,
    private readonly name: string,
  ) {
    world.channels.add(this);
  }

  postMessage(message: unknown): void {
    const { world, name, tab } = this;
    const data: unknown = copy(message);
    if (tab.isGone) return;
    for (const channel of world.channels) {
      if (channel === this || channel.name !== name) continue;
      world.underWay++;
      void Promise.resolve().then(() => {
        world.underWay--;
        if (world.channels.has(channel)) channel.onmessage?.({ data });
      });
    }
  }

  close(): void {
    this.world.channels.delete(this);
  }
}

class FakePage extends EventTarget {
  isHidden = false;
}

function openTab(world: FakeOrigin): FakeTab {
  const tab: FakeTabState = { isGone: false };
  const page = new FakePage();
  const dispatch = (type: string) => page.dispatchEvent(new Event(type));
  const setHidden = (isHidden: boolean) => {
    page.isHidden = isHidden;
    dispatch('visibilitychange');
  };
  const namesOf = (requests: readonly Request[]) => requests.map(({ name }) => ({ name }));
  return {
    platform: {
      page,
      BroadcastChannel: class extends FakeChannel {
        constructor(name: string) {
          super(world, tab, name);
        }
      },
      locks: {
        query: () => Promise.resolve({ held: namesOf(world.held), pending: namesOf(world.pending) }),
        request: (name, { signal }, callback) => requestLock(world, tab, name, signal, callback),
      },
    },
    get isHidden() {
      return page.isHidden;
    },
    hide: () => setHidden(true),
    show: () => setHidden(false),
    freeze: () => void dispatch('freeze'),
    resume: () => void dispatch('resume'),
    leave: () => void dispatch('pagehide'),
    comeBack: () => void dispatch('pageshow'),
    crash: () => {
      tab.isGone = true;
      world.forget(tab);
    },
  };
}

function requestLock(
  world: FakeOrigin,
  tab: FakeTabState,
  name: string,
  signal: AbortSignal,
  callback: () => Promise<void>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const start = () => {
      void Promise.resolve()
        .then(() => (tab.isGone ? undefined : callback()))
        .then(resolve, reject)
        .finally(() => world.release(request));
    };
    const request: Request = { name, tab, start };
    const abort = () => {
      if (world.withdraw(request)) reject(signal.reason as Error);
    };
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    world.request(request);
  });
}
