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

/** For how long a page that is rendered waits for events, in milliseconds. */
const LONGEST = 1000;

/**
 * For the option `transfer` of an `eventSourceResource`: what the server has rendered goes on in the page. Nothing flickers, and nothing comes twice.
 *
 * - On the server, with `ssr: 'connect'`, the page waits for the first events, until the stream ends or fails, and for a second at most. Value and position
 *   are put into the page as JSON (`TransferState`).
 * - In the page the first stream begins with them: the resource is `'resolved'` from the start, and the stream asks for what comes after the position,
 *   whatever a store has. If the events have no ids, the value is what was rendered until the stream is open, and then begins again.
 *
 * What is not there any more (a second resource of that name, another request) begins with `initial`. An `id` that is no text, or empty, throws a `TypeError` at the call.
 *
 * @param id the name of what is handed over: the same on the server and in the page, and no other resource's
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

  /** The page is rendered once something has come, or nothing will. What there is by then is handed over. */
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

/** The option `lastEventId` of a stream that goes on behind a position: the first time, whatever a store has. */
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
