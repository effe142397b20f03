import { inject, Injectable, DOCUMENT } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { online } from 'rx-sse';
import { defer, fromEvent, merge, Subject } from 'rxjs';

/** Ends a wait early, when the user asks for it or the browser is back online. */
@Injectable({ providedIn: 'root' })
export class Wake {
  private readonly window = inject(DOCUMENT).defaultView;
  private readonly asked = new Subject<void>();
  /** Whether there is a network, as far as the browser knows. */
  readonly online = toSignal(online(), { initialValue: true });

  /** Emits when an attempt makes sense. */
  readonly calls = merge(
    this.asked,
    defer(() => fromEvent(this.window ?? [], 'online')),
  );

  tryNow(): void {
    this.asked.next();
  }
}
