import { filter, firstValueFrom, startWith, Subject, type Subscription, timeout } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../../src/index.js';

/** The other things that a reader can receive: a gap, the end of the stream, or a refusal. */
type Told = 'gap' | 'end' | 'refusal';

/** The time limit of a reader, in milliseconds: much longer than anything here takes. */
const PATIENCE = 30_000;

/** One connection to a stream, over a socket, and the messages received on it. It doesn't reconnect. */
export class Reader {
  /** The numbers of the messages, in the order of arrival. */
  readonly numbers: number[] = [];
  /** The ids of the messages. */
  readonly ids: string[] = [];
  /** The first gap, end or refusal. */
  told: Told | undefined;
  /** The status of the refusal. */
  status: number | undefined;
  isOpen = false;
  /** Whether nothing more can arrive. */
  isOver = false;
  private readonly changes = new Subject<void>();
  private stalled: Promise<void> | undefined;
  private readonly subscription: Subscription;

  /**
   * @param numberOf returns the number of the message in an event
   * @param lastEventId the position from which a reader resumes
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

  /** Fulfilled when the condition holds. Checks it with each step that arrives. */
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

  /** Fulfilled when the message with this number has arrived, or a later one, or when nothing more can arrive. */
  upTo(number: number): Promise<this> {
    return this.when(({ numbers, isOver }) => isOver || (numbers.at(-1) ?? 0) >= number);
  }

  /** Returns the id of the message with this number. */
  idOf(number: number): string {
    const id = this.ids[this.numbers.indexOf(number)];
    if (id === undefined) throw new Error(`Expected message ${number} to have come`);
    return id;
  }

  /** Stops reading after the next message, until the returned function is called. */
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
