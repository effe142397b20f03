import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventBuffer, Session } from 'better-sse';
import { firstValueFrom, fromEvent, type Observable, Subject, takeUntil, timer } from 'rxjs';
import { drained } from './drained.js';
import { openEventStream, type StreamTiming } from './event-stream.js';
import { BEGINNING, idOf, isAtOrBehind, type Position } from './history.js';
import { MAX_WAITING, type MessageStore, type Page } from './message-store.js';
import { type FeedNews, textOf } from './room-feeds.js';

/** How long a stream that has ended may take to send the rest, in milliseconds. */
const LINGER = 5_000;

/** The source of a stream. */
export interface StreamSource {
  readonly store: MessageStore;
  readonly room: string;
  /** New messages of the room. */
  readonly feed: Observable<FeedNews>;
  /** Called before everything that is sent. */
  readonly isAllowed: () => boolean;
}

/**
 * The stream of one client. It reads the history in pages, as fast as the client reads, until it reaches the feed of
 * the room. From then on, the client receives the feed. Both have the same order, so no message is lost or doubled in
 * between.
 */
export class ChatStream {
  private session: Session | undefined;
  /** The position of the last sent message. */
  private position = BEGINNING;
  /** The position of the feed. */
  private reached: Position | undefined;
  private isLive = false;
  private failure: Error | undefined;
  /** Emits when the feed has new messages, or has ended. */
  private readonly changed = new Subject<void>();

  constructor(
    private readonly source: StreamSource,
    private readonly response: ServerResponse,
  ) {}

  /**
   * Fulfills when the client has all stored messages. Rejects if nothing was sent yet and the store can't be reached.
   */
  async open(request: IncomingMessage, timing: StreamTiming): Promise<void> {
    const { store, room } = this.source;
    this.follow();
    const asked = String(request.headers['last-event-id'] ?? '');
    const page = await store.page(room, asked);
    // Tells a client that can't resume from its position where the stream resumes instead.
    const isGap = asked !== '' && idOf(page.after) !== asked;
    const skips = isFromNow(request) && (asked === '' || isGap);
    if (skips) await this.untilFollowed();
    if (this.failure) throw this.failure;
    if (this.isOver()) return;

    this.position = skips && this.reached ? this.reached : page.after;
    const resumed = idOf(this.position);
    this.session = await openEventStream(request, this.response, timing, isGap ? { 'last-event-id': resumed } : {});
    if (!this.session) return;
    // Meanwhile the feed may have failed.
    if (this.hasFailed()) this.finish();
    if (this.isOver()) return;
    await this.session.batch(buffer => {
      // Also sent as an event, because the browser's `EventSource` can't read headers.
      if (isGap) buffer.push({ requested: asked, resumed }, 'gap', resumed);
      // Only an id, so that the client has a position before the first message.
      else if (skips) buffer.id(resumed).dispatch();
    });
    await this.catchUp(skips ? undefined : page);
  }

  private isOver(): boolean {
    return this.response.closed || this.response.destroyed || this.response.writableEnded;
  }

  private hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** The answer to the client's next request says what it misses. A client that doesn't read doesn't keep the stream. */
  private finish(): void {
    if (this.isOver()) return;
    this.response.end();
    timer(LINGER)
      .pipe(takeUntil(fromEvent(this.response, 'close')))
      .subscribe(() => this.response.destroy());
  }

  private follow(): void {
    this.source.feed.pipe(takeUntil(fromEvent(this.response, 'close'))).subscribe({
      next: news => {
        this.reached = news.reached;
        if (this.isLive) this.pass(news);
        this.changed.next();
      },
      error: (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error('The feed failed', { cause: error });
        if (this.session) this.finish();
        this.changed.next();
      },
      complete: () => this.changed.next(),
    });
  }

  private async untilFollowed(): Promise<void> {
    while (!this.reached && !this.failure && !this.isOver()) await firstValueFrom(this.changed);
  }

  private async catchUp(first: Page | undefined): Promise<void> {
    const { store, room } = this.source;
    let page = first;
    for (;;) {
      const before = page ? undefined : this.reached;
      page ??= await store.page(room, idOf(this.position));
      // It reads so slowly that the history has left it behind. The answer to its next request says so.
      if (idOf(page.after) !== idOf(this.position)) this.finish();
      if (this.isOver()) return;
      this.send(textOf(page.messages), page.reached);
      await drained(this.response);
      if (this.isOver()) return;
      // From this check to the end, nothing can happen in between: the next messages of the feed are passed on.
      if (this.reached && isAtOrBehind(this.position, this.reached)) {
        this.isLive = true;
        return;
      }
      // The feed is ahead of the store, which has lost messages. The feed will report this.
      if (page.messages.length === 0 && before && before === this.reached) await firstValueFrom(this.changed);
      page = undefined;
    }
  }

  /** Sends the messages of the feed that the history didn't have. */
  private pass(news: FeedNews): void {
    if (this.isOver() || isAtOrBehind(this.position, news.reached)) return;
    const isNext = idOf(news.after) === idOf(this.position);
    const { epoch, number } = this.position;
    const index = news.messages.findIndex(stored => stored.epoch === epoch && stored.message.id === number);
    if (isNext) this.send(news.text, news.reached);
    else if (index >= 0) this.send(textOf(news.messages.slice(index + 1)), news.reached);
    // The history had messages that are lost by now.
    else this.finish();
    // A client that reads too slowly is cut, and resumes from the history: a page of memory there, and everything that it doesn't read here.
    if (this.response.writableLength > MAX_WAITING) this.response.destroy();
  }

  private send(text: EventBuffer, reached: Position): void {
    if (!this.isAllowed()) {
      this.finish();
      return;
    }
    void this.session?.batch(text);
    this.position = reached;
  }

  private isAllowed(): boolean {
    try {
      return this.source.isAllowed();
    } catch {
      return false;
    }
  }
}

/** Whether a client without a position wants no replay, because it loads `/chat/messages`. */
const isFromNow = ({ url = '' }: IncomingMessage) => new URLSearchParams(url.split('?')[1]).get('from') === 'now';
