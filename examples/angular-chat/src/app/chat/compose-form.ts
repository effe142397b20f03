import { afterNextRender, ChangeDetectionStrategy, Component, input, output, signal } from '@angular/core';
import { finalize, type Observable } from 'rxjs';
import { MAX_LENGTH } from '../../../../chat/chat-message';
import { outcomeOf } from '../reason-of';

/** The form for new messages. A message that isn't confirmed stays in the field. */
@Component({
  selector: 'chat-compose-form',
  templateUrl: './compose-form.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ComposeForm {
  readonly send = input.required<(message: string) => Observable<unknown>>();
  readonly sent = output();

  protected readonly maxLength = MAX_LENGTH.message;
  /** Before hydration, the browser would submit the form itself, and the text would be lost. */
  protected readonly ready = signal(false);
  protected readonly pending = signal(false);
  protected readonly problem = signal('');

  constructor() {
    afterNextRender(() => this.ready.set(true));
  }

  protected onEnter(event: Event, field: HTMLTextAreaElement): void {
    // Ignores an Enter that selects a word in an input method.
    if ((event as KeyboardEvent).isComposing) return;
    this.submit(event, field);
  }

  protected submit(event: Event, field: HTMLTextAreaElement): void {
    event.preventDefault();
    const message = field.value.trim();
    field.focus();
    if (!message || this.pending()) return;
    this.pending.set(true);
    this.problem.set('');
    this.send()(message)
      .pipe(finalize(() => this.pending.set(false)))
      .subscribe({
        next: () => {
          field.value = '';
          this.sent.emit();
        },
        error: (error: unknown) => this.problem.set(outcomeOf(error)),
      });
  }
}
