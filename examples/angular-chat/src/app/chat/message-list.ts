import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  computed,
  DestroyRef,
  effect,
  type ElementRef,
  inject,
  Injector,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import type { ChatMessage } from '../../../../chat/chat-message';
import { Avatar } from '../avatar';
import { groupByDay } from './group-by-day';

/** Within this distance from the end, the list follows new messages. In pixels. */
const NEAR = 48;
/** How many messages are shown at first, and added each time. A list of thousands is as fast as a short one. */
const WINDOW = 200;
/** Within this distance from the first shown message, more are added. In pixels. */
const AHEAD = 400;
/**
 * Messages that arrive this soon after a connection opens are history, so a screen reader doesn't read them out. In
 * milliseconds.
 */
const SETTLING = 1000;

/**
 * Shows the messages. The list follows new messages while the user is at the end, and stays in place if the user has
 * scrolled up. Only messages near the user are rendered.
 */
@Component({
  selector: 'chat-message-list',
  imports: [Avatar],
  templateUrl: './message-list.html',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MessageList {
  readonly messages = input.required<readonly ChatMessage[]>();
  readonly me = input.required<string | null>();
  /** Whether the connection is open. If there is no message, this tells an empty chat from one that is loading. */
  readonly open = input.required<boolean>();

  protected readonly settling = signal(true);
  protected readonly atEnd = signal(true);
  /** The index of the first rendered message. It follows the end unless the user has scrolled up. */
  protected readonly first = linkedSignal<{ atEnd: boolean; count: number }, number>({
    source: () => ({ atEnd: this.atEnd(), count: this.messages().length }),
    computation: ({ atEnd, count }, before) => {
      const last = Math.max(0, count - WINDOW);
      return atEnd || !before ? last : Math.min(before.value, last);
    },
  });
  protected readonly days = computed(() => groupByDay(this.messages().slice(this.first())));

  /** The newest message that the user has seen. */
  private readonly seen = linkedSignal<{ atEnd: boolean; newest: number }, number>({
    source: () => ({ atEnd: this.atEnd(), newest: this.messages().at(-1)?.id ?? 0 }),
    computation: ({ atEnd, newest }, before) => (atEnd || !before ? newest : before.value),
  });
  protected readonly unseen = computed(() => this.messages().filter(({ id }) => id > this.seen()).length);

  private readonly injector = inject(Injector);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const { nativeElement: scroller } = this.scroller();
      // Not in the template, where each scroll event would cause change detection.
      scroller.addEventListener('scroll', () => {
        this.atEnd.set(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR);
        if (scroller.scrollTop < AHEAD && !this.atEnd()) this.showEarlier();
      });
      // New messages, a wider window, a banner above or a longer draft below have moved the end.
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

  /** Renders earlier messages, and keeps the scroll position. */
  protected showEarlier(): void {
    const { nativeElement: scroller } = this.scroller();
    if (this.first() === 0) return;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    this.first.update(first => Math.max(0, first - WINDOW));
    afterNextRender(
      { write: () => (scroller.scrollTop = scroller.scrollHeight - fromEnd) },
      { injector: this.injector },
    );
  }

  /** Scrolls to the end. */
  showNewest(): void {
    const { nativeElement: scroller } = this.scroller();
    scroller.scrollTop = scroller.scrollHeight;
    this.atEnd.set(true);
  }
}
