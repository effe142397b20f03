/** A tab of a test: pass `platform` to `shareAcrossTabs` of `rx-sse/tabs`. */
export interface FakeTab {
  /** What the tab reaches the others by. */
  readonly platform: FakeTabPlatform;
  /** Whether nobody sees it. */
  readonly isHidden: boolean;
  /** Another tab comes to the front: the page gets `visibilitychange`. */
  hide(): void;
  /** It comes to the front. */
  show(): void;
  /** The browser stops it: the page gets `freeze`. */
  freeze(): void;
  /** It goes on: the page gets `resume`. */
  resume(): void;
  /** It is left, and may come back: the page gets `pagehide`. */
  leave(): void;
  /** It comes back: the page gets `pageshow`. */
  comeBack(): void;
  /** It is gone, with its locks and channels, and nobody has said so. What it had subscribed to, the test has to end. */
  crash(): void;
}

/** What `platform` of `shareAcrossTabs` takes. */
export interface FakeTabPlatform {
  /** As `navigator.locks`. */
  readonly locks: FakeTabLocks;
  /** As the class of that name. */
  readonly BroadcastChannel: FakeTabChannelClass;
  /** Its page. */
  readonly page: FakeTabPage;
}

/** The locks of the tabs of a test. */
export interface FakeTabLocks {
  /** Asks for a lock, and has it until what `callback` returns is fulfilled. */
  request(name: string, options: { signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
  /** The locks that somebody has, and that somebody asks for. */
  query(): Promise<Record<'held' | 'pending', Record<'name', string>[]>>;
}

/** The class of a tab's channels: each has a name. */
export type FakeTabChannelClass = new (name: string) => FakeTabChannel;

/** The page of a tab of a test. */
export interface FakeTabPage extends EventTarget {
  /** Whether nobody sees it. */
  readonly isHidden: boolean;
}

/** A channel between the tabs of a test. What is posted has to be data that can be cloned, and comes a few microtasks later. */
export interface FakeTabChannel {
  /** Called for what another tab has posted. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** Sends a copy to all other tabs. */
  postMessage(message: unknown): void;
  /** Ends it. */
  close(): void;
}

/** The tabs of a browser. */
export interface FakeTabs {
  /** Opens a tab, which is visible. */
  open(): FakeTab;
  /** Fulfilled when all that tabs have posted has come, and all locks are with whom they belong to. */
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
 * Several tabs in one test, without a browser: with locks, channels and pages. Time is that of the option `scheduler`; `settle()` waits for messages and
 * locks.
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
      // So many turns are enough for what follows from one message.
      do for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      while (world.underWay > 0);
    },
  };
}

/** What tabs share. */
class FakeOrigin {
  /** Messages that haven't come yet. */
  underWay = 0;
  readonly channels = new Set<FakeChannel>();
  readonly held: Request[] = [];
  readonly pending: Request[] = [];

  request(request: Request): void {
    this.pending.push(request);
    this.grant();
  }

  /** Takes back what isn't held yet. */
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

/** What comes in another tab. The environment `jsdom` of Jest has no `structuredClone`: there it is what JSON can say. */
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
