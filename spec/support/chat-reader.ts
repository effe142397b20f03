import { Subscription } from 'rxjs';
import { numberOf } from '../../examples/chat/client/number-of.js';
import type { ChatMessage } from '../../examples/chat/chat-message.js';
import { type EventSourceLifecycle, fromEventSourceLifecycle } from '../../src/index.js';

/** The messages by their data. All readers receive the same ones, so each is parsed and stored once. */
const messages = new Map<string, ChatMessage>();

function messageOf(data: string): ChatMessage {
  const known = messages.get(data);
  if (known) return known;
  const message = JSON.parse(data) as ChatMessage;
  messages.set(data, message);
  return message;
}

/**
 * Reads a chat. Keeps the messages that it receives, and the numbers that gaps report as missing. Any other hole is a
 * fault.
 */
export class ChatReader {
  /** The text of each received message, by number. */
  readonly got: string[] = [];
  /** The numbers that gaps reported as missing. */
  readonly missed = new Set<number>();
  /** Everything that must not happen, but did. */
  readonly faults: string[] = [];
  /** The servers that it received a stream from, by the load balancer's header. */
  readonly servers = new Set<string>();
  gaps = 0;
  reconnects = 0;
  /** The position after the last received message or gap. */
  position = '';
  private following = Subscription.EMPTY;

  constructor(private readonly url: string) {}

  get last(): number {
    return Number(numberOf(this.position));
  }

  /** Whether it is connected or connecting. */
  get running(): boolean {
    return !this.following.closed;
  }

  /** Connects, and resumes from its position. */
  start(): void {
    if (this.running) throw new Error('This reader is running already');
    this.following = fromEventSourceLifecycle(this.url, {
      lastEventId: this.position,
      reconnect: { delay: 50, maxDelay: 500, serverDelay: false, jitter: 1 },
      idleTimeout: 5_000,
      connectTimeout: 5_000,
    }).subscribe({
      next: step => this.take(step),
      error: (error: unknown) => this.faults.push(`failed: ${String(error)}`),
      complete: () => this.faults.push('completed'),
    });
  }

  stop(): void {
    this.following.unsubscribe();
  }

  private take(step: EventSourceLifecycle): void {
    if (step.kind === 'open') {
      this.reconnects++;
      this.servers.add(step.headers.get('x-served-by') ?? '');
    } else if (step.kind === 'gap') this.skip(step.requested, step.resumed);
    else if (step.kind === 'event' && step.event.type === 'chat') this.add(step.event.data, step.event.lastEventId);
  }

  private skip(requested: string, resumed: string): void {
    this.gaps++;
    if (requested !== this.position) this.faults.push(`a gap after ${requested}, but it is at ${this.position}`);
    for (let number = this.last + 1; number <= Number(numberOf(resumed)); number++) this.missed.add(number);
    this.position = resumed;
  }

  private add(data: string, lastEventId: string): void {
    const { id, message } = messageOf(data);
    if (id !== this.last + 1) this.faults.push(`#${id} came behind #${this.last}`);
    if (!lastEventId.endsWith(`-${id}`)) this.faults.push(`#${id} has the id ${lastEventId}`);
    this.got[id] = message;
    this.position = lastEventId;
  }
}
