import { afterNextRender, Component, ChangeDetectionStrategy, inject, signal } from '@angular/core';
import { finalize } from 'rxjs';
import { MAX_LENGTH } from '../../../../chat/chat-message';
import { Mark } from '../mark';
import { reasonOf } from '../reason-of';
import { Session } from './session';

@Component({
  selector: 'chat-login',
  imports: [Mark],
  templateUrl: './login.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Login {
  protected readonly session = inject(Session);

  protected readonly maxLength = MAX_LENGTH.author;
  /** Before hydration, the browser would submit the form itself. */
  protected readonly ready = signal(false);
  protected readonly joining = signal(false);
  protected readonly problem = signal('');

  constructor() {
    afterNextRender(() => this.ready.set(true));
  }

  protected join(event: Event, field: HTMLInputElement): void {
    event.preventDefault();
    if (this.joining()) return;
    const name = field.value.trim();
    if (!name) {
      this.problem.set('Enter a name, so that others know who you are.');
      field.focus();
      return;
    }
    this.problem.set('');
    this.joining.set(true);
    this.session
      .join(name)
      .pipe(finalize(() => this.joining.set(false)))
      .subscribe({
        error: (error: unknown) => {
          this.problem.set(reasonOf(error));
          field.focus();
        },
      });
  }
}
