import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import type { ConnectionState } from 'rx-sse';
import { of, switchMap } from 'rxjs';
import { failureOf } from '../reason-of';
import { secondsUntil } from './seconds-until';
import { Wake } from './wake';

/** Says how a connection stands: nothing while it is open. */
@Component({
  selector: 'chat-connection-banner',
  templateUrl: './connection-banner.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ConnectionBanner {
  readonly connection = input.required<ConnectionState>();

  protected readonly wake = inject(Wake);
  protected readonly status = computed(() => this.connection().status);
  /** A connection was lost, or could not be made, and is being mended. */
  protected readonly mending = computed(
    () => this.status() === 'waiting' || (this.status() === 'connecting' && this.connection().attempt > 0),
  );
  protected readonly reason = computed(() => failureOf(this.connection().error));

  private readonly retryAt = computed(() => this.connection().retryAt);
  protected readonly seconds = toSignal(
    toObservable(this.retryAt).pipe(switchMap(time => (time === null ? of(null) : secondsUntil(time)))),
    { initialValue: null },
  );

  /** For screen readers: it stays the same from one attempt to the next, so an outage is told once, and its end. */
  protected readonly announcement = computed(() => {
    if (this.mending()) return 'Offline. Trying again by itself.';
    switch (this.status()) {
      case 'open':
        return 'Connected';
      case 'failed':
        return `Not connected. ${this.reason()}`;
      case 'closed':
        return 'Closed. The server has ended the conversation.';
      default:
        return 'Connecting…';
    }
  });
}
