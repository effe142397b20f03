import { filter, firstValueFrom, startWith, Subject, type Subscription, timeout } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../../src/index.js';

/** What a reader can be told beside messages: that some are missing, that the stream is over, or that it gets none. */
type Told = 'gap' | 'end' | 'refusal';

/** How long a reader waits, in milliseconds: much longer than anything here takes. */
const PATIENCE = 30_000;

/** One connection to a stream, over a socket, and what has come on it. It does not reconnect. */
export class Reader {
  /** The numbers of the messages, as they came. */
  readonly numbers: number[] = [];
  /** Their ids. */
  readonly ids: string[] = [];
  /** The first thing that it was told beside messages. */
  told: Told | undefined;
  /** The status of the refusal. */
  status: number | undefined;
  isOpen = false;
  /** Whether nothing more can come. */
  isOver = false;
  private readonly changes = new Subject<void>();
  private stalled: Promise<void> | undefined;
  private readonly subscription: Subscription;

  /**
   * @param numberOf the number of the message that an event is
   * @param lastEventId where it goes on from, for a reader that comes back
   */
  constructor(
    url: string,
    private readonly numberOf: (event: ServerSentEvent) => number | undefined,
    lastEventId?: string,
  ) {
    const options: EventSourceOptions = {
      reconnect: false,
      lastEventId,
      deliver: flush => {
        flush();
        return this.stalled;
      },
    };
    this.subscription = fromEventSourceLifecycle(url, options).subscribe({
      next: step => this.take(step),
      error: (error: unknown) => {
        if (error instanceof ResponseStatusError) this.status = error.status;
        this.end(error instanceof ResponseStatusError ? 'refusal' : 'end');
      },
      complete: () => this.end('end'),
    });
  }

  /** Fulfilled once that holds of it; looked at with all that comes. */
  async when(holds: (reader: Reader) => boolean): Promise<this> {
    const { changes } = this;
    await firstValueFrom(
      changes.pipe(
        startWith(undefined),
        filter(() => holds(this)),
        timeout({ first: PATIENCE }),
      ),
    ).catch((error: unknown) => {
      throw new Error(`Waited for ${holds.toString()}, with ${this.numbers.length} messages come`, { cause: error });
    });
    return this;
  }

  /** Fulfilled once the message of that number has come, or a later one, or nothing more can. */
  upTo(number: number): Promise<this> {
    return this.when(({ numbers, isOver }) => isOver || (numbers.at(-1) ?? 0) >= number);
  }

  /** The id of the message of that number. */
  idOf(number: number): string {
    const id = this.ids[this.numbers.indexOf(number)];
    if (id === undefined) throw new Error(`Expected message ${number} to have come`);
    return id;
  }

  /** Reads nothing, from the next message on, until what comes back is called. */
  stall(): () => void {
    const goOn = new Subject<void>();
    this.stalled = firstValueFrom(goOn);
    return () => {
      this.stalled = undefined;
      goOn.next();
    };
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private take(step: EventSourceLifecycle): void {
    if (step.kind === 'open') this.isOpen = true;
    if (step.kind === 'gap') this.told ??= 'gap';
    if (step.kind === 'event') {
      const number = this.numberOf(step.event);
      if (number !== undefined) {
        this.numbers.push(number);
        this.ids.push(step.event.lastEventId);
      }
    }
    this.changes.next();
  }

  private end(how: Told): void {
    this.isOver = true;
    this.told ??= how;
    this.changes.next();
  }
}
