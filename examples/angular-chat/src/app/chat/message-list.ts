import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  computed,
  DestroyRef,
  effect,
  type ElementRef,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import type { ChatMessage } from '../../../../chat/chat-message';
import { Avatar } from '../avatar';
import { groupByDay } from './group-by-day';

/** How far from the end a reader counts as being there, in pixels. */
const NEAR = 48;
/** How long after a connection opens what comes is history, in milliseconds: a screen reader does not read it out. */
const SETTLING = 1000;

/** The messages. It stays at the newest one while the reader is there, and moves under nobody who reads further up. */
@Component({
  selector: 'chat-message-list',
  imports: [Avatar],
  templateUrl: './message-list.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MessageList {
  readonly messages = input.required<readonly ChatMessage[]>();
  readonly me = input.required<string | null>();
  /** Whether the connection is open: without a message, that is the difference between none and none yet. */
  readonly open = input.required<boolean>();

  protected readonly days = computed(() => groupByDay(this.messages()));
  protected readonly settling = signal(true);
  protected readonly atEnd = signal(true);

  /** The newest message that the reader has seen. */
  private readonly seen = linkedSignal<{ atEnd: boolean; newest: number }, number>({
    source: () => ({ atEnd: this.atEnd(), newest: this.messages().at(-1)?.id ?? 0 }),
    computation: ({ atEnd, newest }, before) => (atEnd || !before ? newest : before.value),
  });
  protected readonly unseen = computed(() => this.messages().filter(({ id }) => id > this.seen()).length);

  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const { nativeElement: scroller } = this.scroller();
      // Not in the template: there each step of scrolling would look for changes.
      scroller.addEventListener('scroll', () => {
        this.atEnd.set(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR);
      });
      // More messages, a wider window, a banner above, a longer draft below: the end has moved.
      const resized = new ResizeObserver(() => {
        if (this.atEnd()) this.showNewest();
      });
      resized.observe(scroller);
      resized.observe(this.content().nativeElement);
      destroyRef.onDestroy(() => resized.disconnect());
    });
    effect(onCleanup => {
      if (!this.open() || !this.settling()) return;
      const timer = setTimeout(() => this.settling.set(false), SETTLING);
      onCleanup(() => clearTimeout(timer));
    });
  }

  /** Scrolls to the end. */
  showNewest(): void {
    const { nativeElement: scroller } = this.scroller();
    scroller.scrollTop = scroller.scrollHeight;
    this.atEnd.set(true);
  }
}
