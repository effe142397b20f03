import type { Subscription } from 'rxjs';
import type {} from './page.js';

declare global {
  /** In a page: what the stream that it shares has brought. */
  const shared: {
    /** The numbers of the events; `gap` where something may be missing. */
    readonly seen: (number | 'gap')[];
    role: string;
    status: string;
    subscription: Subscription;
  };
}

/** Runs in a page: subscribes to the stream at `/stream`, which all pages of the browser share. */
export function shareInPage(): void {
  const state = { seen: [] as (number | 'gap')[], role: '', status: 'live' };
  const shared$ = rxSse.tabs.shareAcrossTabs(
    ({ lastEventId }) => rxSse.fromEventSourceLifecycle('/stream', { lastEventId, reconnect: { delay: 20 } }),
    { key: 'news/ada' },
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
