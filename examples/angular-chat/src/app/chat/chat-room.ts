import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  effect,
  inject,
  Injector,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { finalize } from 'rxjs';
import { ConnectionBanner } from '../connection/connection-banner';
import { Wake } from '../connection/wake';
import { Mark } from '../mark';
import { Presence } from '../presence/presence';
import { PresenceList } from '../presence/presence-list';
import { reasonOf } from '../reason-of';
import { Session } from '../session/session';
import { ChatStore } from './chat-store';
import { ComposeForm } from './compose-form';
import { MessageList } from './message-list';

@Component({
  selector: 'chat-room',
  imports: [ComposeForm, ConnectionBanner, Mark, MessageList, PresenceList],
  providers: [ChatStore],
  templateUrl: './chat-room.html',
  host: {
    '[attr.data-connection]': 'store.connection().status',
    '[attr.data-presence-connection]': 'presence.connection().status',
  },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ChatRoom {
  protected readonly store = inject(ChatStore);
  protected readonly presence = inject(Presence);
  protected readonly session = inject(Session);
  protected readonly leaving = signal(false);
  protected readonly problem = signal('');
  protected readonly list = viewChild.required(MessageList);

  constructor() {
    const injector = inject(Injector);
    // The server doesn't know what the browser has stored, so the first render doesn't use it.
    afterNextRender(() => this.store.enter(this.session.name, { injector }));
    // If one stream gets through, the other doesn't have to wait any longer.
    const wake = inject(Wake);
    effect(() => {
      if (this.store.connection().status !== 'open') return;
      untracked(() => wake.tryNow());
      this.problem.set('');
    });
  }

  protected leave(): void {
    if (this.leaving()) return;
    this.leaving.set(true);
    this.problem.set('');
    this.session
      .leave()
      .pipe(finalize(() => this.leaving.set(false)))
      .subscribe({ error: (error: unknown) => this.problem.set(`You couldn't leave. ${reasonOf(error)}`) });
  }
}
