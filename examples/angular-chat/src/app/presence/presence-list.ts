import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { Avatar } from '../avatar';
import { Session } from '../session/session';
import { Presence } from './presence';

@Component({
  selector: 'chat-presence-list',
  imports: [Avatar],
  templateUrl: './presence-list.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class PresenceList {
  protected readonly me = inject(Session).name;
  private readonly presence = inject(Presence);

  protected readonly names = this.presence.names;
  /** The list is from before the connection was lost. */
  protected readonly stale = computed(() => this.names().length > 0 && this.presence.connection().status !== 'open');
}
