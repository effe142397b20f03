import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { ConnectionState } from 'rx-sse';
import { secondsUntil } from 'rx-sse/angular';
import { failureOf } from '../reason-of';
import { Wake } from './wake';

/** Shows the state of a connection, and nothing while it's open. */
@Component({
  selector: 'chat-connection-banner',
  templateUrl: './connection-banner.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ConnectionBanner {
  readonly connection = input.required<ConnectionState>();

  protected readonly wake = inject(Wake);
  protected readonly status = computed(() => this.connection().status);
  /** A connection was lost or couldn't be made, and the stream reconnects. */
  protected readonly mending = computed(
    () => this.status() === 'waiting' || (this.status() === 'connecting' && this.connection().attempt > 0),
  );
  protected readonly reason = computed(() => failureOf(this.connection().error));

  protected readonly seconds = secondsUntil(this.connection);
  /** The problem. Only the browser knows whether there is a network. */
  protected readonly loss = computed(() => (this.wake.online() ? 'Connection lost.' : 'You are offline.'));

  /**
   * For screen readers. It stays the same from one attempt to the next, so an outage is announced only once, and its
   * end too.
   */
  protected readonly announcement = computed(() => {
    if (this.mending()) return `${this.loss()} Reconnecting automatically.`;
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
