import { effect, inject, Injectable, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { json } from 'rx-sse';
import { eventSourceResource } from 'rx-sse/angular';
import type { PresenceSnapshot } from '../../../server/api';
import { Wake } from '../connection/wake';
import { Session } from '../session/session';

/** Who is here, for those who are logged in: on one connection for all tabs of a person. */
@Injectable({ providedIn: 'root' })
export class Presence {
  private readonly session = inject(Session);
  private readonly resource = eventSourceResource(
    // An object of its own for each name: who comes next does not take the stream over.
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
    // Only the end of a session ends it: in this tab or in another one (`Session.leave`).
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
