import type { Subscription } from 'rxjs';
import type {} from './page.js';

declare global {
  /** In a page: the state of the stream that it shares. */
  const shared: {
    /** The numbers of the events, and `gap` if events may be missing. */
    readonly seen: (number | 'gap')[];
    role: string;
    status: string;
    /** Whether the channel works without loss and delay from now on. */
    isFine: boolean;
    subscription: Subscription;
  };
}

/** How a page shares its stream. */
export interface ShareInPageOptions {
  /** The URL of the stream. */
  readonly url?: string;
  /** The faults of the channel: the share of messages that it loses, and the longest delay in ms. Delayed messages overtake each other. */
  readonly weather?: { readonly seed: number; readonly loss: number; readonly delay: number };
}

/** Runs in a page: subscribes to a stream that all pages of the browser share. */
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
