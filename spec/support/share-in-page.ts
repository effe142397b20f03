import type { Subscription } from 'rxjs';
import type {} from './page.js';

declare global {
  /** In a page: what the stream that it shares has brought. */
  const shared: {
    /** The numbers of the events; `gap` where something may be missing. */
    readonly seen: (number | 'gap')[];
    role: string;
    status: string;
    /** Whether the weather has cleared. */
    isFine: boolean;
    subscription: Subscription;
  };
}

/** How a page shares its stream. */
export interface ShareInPageOptions {
  /** Where the stream is. */
  readonly url?: string;
  /** What its channel does to messages: the share that is lost, and the most milliseconds that one takes; those overtake each other. */
  readonly weather?: { readonly seed: number; readonly loss: number; readonly delay: number };
}

/** Runs in a page: subscribes to a stream, which all pages of the browser share. */
export function shareInPage({ url = '/stream', weather }: ShareInPageOptions = {}): void {
  const state = { seen: [] as (number | 'gap')[], role: '', status: 'live', isFine: false };
  if (weather) {
    let seed = weather.seed;
    const random = () => {
      seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return ((seed ^ (seed >>> 13)) >>> 0) / 2 ** 32;
    };
    globalThis.BroadcastChannel = class extends BroadcastChannel {
      private isClosed = false;
      override postMessage(message: unknown): void {
        const delay = state.isFine ? 0 : random() * weather.delay;
        if (!state.isFine && random() < weather.loss) return;
        setTimeout(() => this.isClosed || super.postMessage(message), delay);
      }
      override close(): void {
        this.isClosed = true;
        super.close();
      }
    };
  }
  const shared$ = rxSse.tabs.shareAcrossTabs(
    ({ lastEventId }) => rxSse.fromEventSourceLifecycle(url, { lastEventId, reconnect: { delay: 20 } }),
    { key: 'ada/news' },
  );
  const subscription = shared$.subscribe({
    next: step => {
      if (step.kind === 'event') state.seen.push(Number(step.event.data));
      if (step.kind === 'gap') state.seen.push('gap');
      if (step.kind === 'role') state.role = step.role;
    },
    error: (error: unknown) => (state.status = String(error)),
    complete: () => (state.status = 'completed'),
  });
  Object.assign(globalThis, { shared: Object.assign(state, { subscription }) });
}
