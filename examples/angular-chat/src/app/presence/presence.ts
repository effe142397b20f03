import { effect, inject, Injectable, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { json } from 'rx-sse';
import { eventSourceResource } from 'rx-sse/angular';
import type { PresenceSnapshot } from '../../../server/api';
import { Wake } from '../connection/wake';
import { Session } from '../session/session';

/** Tells logged-in users who is here, with one connection for all tabs of a user. */
@Injectable({ providedIn: 'root' })
export class Presence {
  private readonly session = inject(Session);
  private readonly resource = eventSourceResource(
    // A new object for each name, so that another user gets a new stream.
    () => (this.session.name() === null ? undefined : { url: '/api/presence/stream', shareAcrossTabs: { replay: 1 } }),
    {
      initial: [] as readonly string[],
      decode: { presence: json<PresenceSnapshot>() },
      reduce: (_names, { data }) => data.names,
    },
  );

  readonly names = this.resource.value;
  readonly connection = this.resource.connection;

  constructor() {
    // Only the end of a session ends the stream, in this tab or another one (`Session.leave`).
    effect(() => {
      if (this.connection().status === 'closed') untracked(() => this.session.hasEnded());
    });
    inject(Wake)
      .calls.pipe(takeUntilDestroyed())
      .subscribe(() => {
        if (this.connection().status === 'failed') this.resource.reload();
      });
  }
}
