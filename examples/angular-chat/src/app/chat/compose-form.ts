import { afterNextRender, ChangeDetectionStrategy, Component, input, output, signal } from '@angular/core';
import { finalize, type Observable } from 'rxjs';
import { MAX_LENGTH } from '../../../../chat/chat-message';
import { reasonOf } from '../reason-of';

/** Where messages are written. What could not be sent stays in the field. */
@Component({
  selector: 'chat-compose-form',
  templateUrl: './compose-form.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ComposeForm {
  readonly send = input.required<(message: string) => Observable<unknown>>();
  readonly sent = output();

  protected readonly maxLength = MAX_LENGTH.message;
  /** Until the page is alive a form would be sent by the browser itself, and what was written would be gone. */
  protected readonly ready = signal(false);
  protected readonly pending = signal(false);
  protected readonly problem = signal('');

  constructor() {
    afterNextRender(() => this.ready.set(true));
  }

  protected onEnter(event: Event, field: HTMLTextAreaElement): void {
    // An Enter that ends the choice of a word in an input method sends nothing.
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
        error: (error: unknown) => this.problem.set(`Not sent. ${reasonOf(error)}`),
      });
  }
}
