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

/** How far from the end a reader counts as being there, in pixels. */
const NEAR = 48;
/** So many messages are in the page at first, and come with each look further back: a list of thousands is as quick as a short one. */
const WINDOW = 200;
/** How near to the beginning of what is in the page more of it is shown, in pixels. */
const AHEAD = 400;
/** How long after a connection opens what comes is history, in milliseconds: a screen reader does not read it out. */
const SETTLING = 1000;

/**
 * The messages. It stays at the newest one while the reader is there, and moves under nobody who reads further up. Only those near the reader are in
 * the page.
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
  /** Whether the connection is open: without a message, that is the difference between none and none yet. */
  readonly open = input.required<boolean>();

  protected readonly settling = signal(true);
  protected readonly atEnd = signal(true);
  /** The index of the first message in the page: it follows the end, unless the reader has left that. */
  protected readonly first = linkedSignal<{ atEnd: boolean; count: number }, number>({
    source: () => ({ atEnd: this.atEnd(), count: this.messages().length }),
    computation: ({ atEnd, count }, before) => {
      const last = Math.max(0, count - WINDOW);
      return atEnd || !before ? last : Math.min(before.value, last);
    },
  });
  protected readonly days = computed(() => groupByDay(this.messages().slice(this.first())));

  /** The newest message that the reader has seen. */
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
      // Not in the template: there each step of scrolling would look for changes.
      scroller.addEventListener('scroll', () => {
        this.atEnd.set(scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR);
        if (scroller.scrollTop < AHEAD && !this.atEnd()) this.showEarlier();
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

  /** Puts more into the page in front of what is there, which stays where it is. */
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
