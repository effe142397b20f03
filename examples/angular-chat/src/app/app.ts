import { ChangeDetectionStrategy, Component } from '@angular/core';

@Component({
  selector: 'chat-root',
  template: '<h1>Chat</h1>',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class App {}
