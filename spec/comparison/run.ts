import { filter, firstValueFrom, ReplaySubject, take, toArray } from 'rxjs';
import { type Exchange, SseServer } from '../support/sse-server.js';
import type { Client, ClientOptions, CreateClient, Told } from './clients.js';

interface RunConfig {
  readonly options?: ClientOptions;
  readonly onEvent?: (run: Run) => void;
}

/** A client that runs against its own server, and the client's notifications. */
export class Run {
  /** The data of each event so far. */
  readonly events: string[] = [];
  private readonly told = new ReplaySubject<Told>(Infinity);
  private readonly client: Client;
  private failures = 0;

  private constructor(
    private readonly create: CreateClient,
    private readonly server: SseServer,
    { options = {}, onEvent = () => undefined }: RunConfig,
  ) {
    this.client = create(server.url, options, told => {
      if (told.kind === 'failure') this.failures++;
      if (told.kind === 'event') {
        this.events.push(told.data);
        onEvent(this);
      }
      this.told.next(told);
    });
  }

  /**
   * Starts the client, passes the run to `act`, and stops the client afterwards. The server stays as long as the
   * process, so that a client that continues can't reach the next client's server on the same port.
   */
  static async with<T>(create: CreateClient, act: (run: Run) => Promise<T>, config: RunConfig = {}): Promise<T> {
    const run = new Run(create, await SseServer.start(), config);
    run.start();
    try {
      return await act(run);
    } finally {
      run.stop();
    }
  }

  start(): void {
    this.client.start();
  }

  stop(): void {
    this.client.stop();
  }

  exchange(index: number): Promise<Exchange> {
    return this.server.exchange(index);
  }

  /** Fulfilled when an event with this data has arrived. */
  event(data: string): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'event' && told.data === data)));
  }

  /** Fulfilled when the application has received this text of an error response. */
  refusal(text: string): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'refusal' && told.text === text)));
  }

  /** Fulfilled when the client has reported one more failure. */
  failed(): Promise<Told[]> {
    const failures = this.told.pipe(filter(told => told.kind === 'failure'));
    return firstValueFrom(failures.pipe(take(this.failures + 1), toArray()));
  }

  /** Fulfilled when the client has finished by itself. */
  ended(): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'end')));
  }

  /**
   * Responds to the request with this index: a short wait for the next attempt, then `text`, and then an event's data.
   * After the event has arrived, cuts the connection.
   */
  async cut(index: number, text = ''): Promise<void> {
    const exchange = await this.exchange(index);
    exchange.open().send(`retry: 20\n${text}data: before cut ${index}\n\n`);
    await this.event(`before cut ${index}`);
    exchange.cut();
  }

  /**
   * Fulfilled when another run of the same client, with its own server, has been cut three times and has reconnected
   * three times. By then, this run has done everything that it does at once or after the same short wait. This limits
   * the time for something that must not happen.
   */
  meanwhile(): Promise<void> {
    return Run.with(this.create, async other => {
      for (const index of [0, 1, 2]) await other.cut(index);
      await other.exchange(3);
    });
  }
}
