import { checkId } from '#angular-checks';
import { isPlatformServer } from '@angular/common';
import {
  DestroyRef,
  effect,
  type Injector,
  makeStateKey,
  NgZone,
  PendingTasks,
  PLATFORM_ID,
  TransferState,
  untracked,
} from '@angular/core';
import { asyncScheduler } from 'rxjs';
import type { SseOptions } from './provide-sse.js';
import type { Rendered, ResourceHost, ResourceTransfer } from './resource-stream.js';

/** How long rendering waits for events, in milliseconds. */
const LONGEST = 1000;

/**
 * Continues in the browser with the state that the server has rendered, as the option `transfer` of an
 * `eventSourceResource`. Nothing flickers, and no event is sent twice.
 *
 * - On the server, with `ssr: 'connect'`, rendering waits for the first events, until the stream ends or fails, but at
 *   most a second. Value and position are added to the page as JSON (`TransferState`).
 * - In the browser, the first stream starts with them. The resource is `'resolved'` from the start, and the stream
 *   continues after the position, even if a store has another one. If the events have no ids, the rendered value stays
 *   until the stream opens, and then starts again.
 *
 * If the state is already used (by another resource with the same id, or by an earlier request), the value starts with
 * `initial`. Throws a `TypeError` at the call if `id` is empty or isn't a string.
 *
 * @param id the key of the state: the same on the server and in the browser, and different for each resource
 *
 * @example
 * ```ts
 * class News {
 *   readonly news = eventSourceResource(() => ({ url: '/news', ssr: 'connect' }), {
 *     transfer: withTransferState('news'),
 *     initial: '',
 *     reduce: (all, { data }) => all + data,
 *   });
 * }
 * ```
 */
export function withTransferState(id: string): (injector: Injector) => unknown {
  checkId(id);
  return injector => new TransferredResource(id, injector);
}

class TransferredResource implements ResourceTransfer<unknown> {
  private readonly key;
  private isHeld = false;

  constructor(
    id: string,
    private readonly injector: Injector,
  ) {
    this.key = makeStateKey<Rendered<unknown> | undefined>(`rx-sse ${id}`);
  }

  take(options: SseOptions, host: ResourceHost<unknown>) {
    const { injector, key } = this;
    if (isPlatformServer(injector.get(PLATFORM_ID))) {
      if (options.ssr === 'connect' && !this.isHeld) untracked(() => this.holdRendering(options, host));
      return undefined;
    }
    const transfer = injector.get(TransferState);
    const rendered = transfer.get(key, undefined);
    transfer.remove(key);
    return rendered && { ...rendered, origin: behind(rendered.lastEventId, options.lastEventId) };
  }

  /** Delays rendering until there are events or an end. The state at that time is transferred. */
  private holdRendering({ scheduler = asyncScheduler }: SseOptions, { state, options }: ResourceHost<unknown>): void {
    const { injector, key } = this;
    this.isHeld = true;
    const reached = () => {
      const { value, lastEventId } = state();
      return value !== options.initial || lastEventId !== '' ? { value, lastEventId } : undefined;
    };
    injector.get(TransferState).onSerialize(key, () => untracked(reached));
    const finish = injector.get(PendingTasks).add();
    const timer = injector.get(NgZone).runOutsideAngular(() => scheduler.schedule(finish, LONGEST));
    timer.add(finish);
    injector.get(DestroyRef).onDestroy(() => timer.unsubscribe());
    effect(
      () => {
        const { error, connection } = state();
        if (reached() || error || connection.status === 'closed') timer.unsubscribe();
      },
      { injector },
    );
  }
}

/** Returns the option `lastEventId` to continue after a position. A store is only read from the second time on. */
function behind(position: string, origin: SseOptions['lastEventId']): SseOptions['lastEventId'] {
  if (typeof origin !== 'object') return position;
  let first: string | undefined = position;
  return {
    get() {
      const next = first;
      first = undefined;
      return next ?? origin.get();
    },
    set: id => origin.set(id),
  };
}
