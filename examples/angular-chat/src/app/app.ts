import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  effect,
  ElementRef,
  inject,
  Injector,
} from '@angular/core';
import { ChatRoom } from './chat/chat-room';
import { Login } from './session/login';
import { Session } from './session/session';

@Component({
  selector: 'chat-root',
  imports: [ChatRoom, Login],
  template: `
    @if (session.name() === null) {
      <chat-login />
    } @else {
      <chat-room />
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class App {
  protected readonly session = inject(Session);

  constructor() {
    const { nativeElement } = inject<ElementRef<HTMLElement>>(ElementRef);
    const injector = inject(Injector);
    let before = this.session.name();
    // After login and logout, focuses the text field instead of a removed button.
    effect(() => {
      const name = this.session.name();
      if ((name === null) !== (before === null)) {
        afterNextRender(() => nativeElement.querySelector<HTMLElement>('input, textarea')?.focus(), { injector });
      }
      before = name;
    });
  }
}
