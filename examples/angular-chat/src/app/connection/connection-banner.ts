import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import type { ConnectionState } from 'rx-sse';
import { secondsUntil } from 'rx-sse/angular';
import { failureOf } from '../reason-of';
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

  protected readonly seconds = secondsUntil(this.connection);
  /** What has happened: only the browser knows whether there is a network. */
  protected readonly loss = computed(() => (this.wake.online() ? 'Connection lost.' : 'You are offline.'));

  /** For screen readers: it stays the same from one attempt to the next, so they say an outage once, and its end. */
  protected readonly announcement = computed(() => {
    if (this.mending()) return `${this.loss()} Trying again by itself.`;
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
