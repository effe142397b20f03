import { ChangeDetectionStrategy, Component } from '@angular/core';

/** The logo of the application. */
@Component({
  selector: 'chat-mark',
  template: `
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M9 16a7 7 0 0 1 7 7M9 9a14 14 0 0 1 14 14" />
      <circle cx="10" cy="22" r="2.5" />
    </svg>
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Mark {}
