import { filter, firstValueFrom, ReplaySubject, take, toArray } from 'rxjs';
import { type Exchange, SseServer } from '../support/sse-server.js';
import type { Client, ClientOptions, CreateClient, Told } from './clients.js';

interface RunConfig {
  readonly options?: ClientOptions;
  readonly onEvent?: (run: Run) => void;
}

/** A client that runs against a server of its own, and what it has told. */
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
   * Starts the client, hands it to `act`, and stops it afterwards. The server stays for as long as the process: a client that goes on
   * all the same must not meet the next one's server on its port.
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

  /** Fulfilled once an event of this data has come. */
  event(data: string): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'event' && told.data === data)));
  }

  /** Fulfilled once this text of a refused answer has been handed to the application. */
  refusal(text: string): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'refusal' && told.text === text)));
  }

  /** Fulfilled once the client has told of one more failure. */
  failed(): Promise<Told[]> {
    const failures = this.told.pipe(filter(told => told.kind === 'failure'));
    return firstValueFrom(failures.pipe(take(this.failures + 1), toArray()));
  }

  /** Fulfilled once the client has finished by itself. */
  ended(): Promise<Told> {
    return firstValueFrom(this.told.pipe(filter(told => told.kind === 'end')));
  }

  /**
   * Answers the request of that index: the next wait is to be short, then `text`, which goes on with an event. Once that one has come
   * the connection is cut.
   */
  async cut(index: number, text = ''): Promise<void> {
    const exchange = await this.exchange(index);
    exchange.open().send(`retry: 20\n${text}data: before cut ${index}\n\n`);
    await this.event(`before cut ${index}`);
    exchange.cut();
  }

  /**
   * Fulfilled once another run of the same client, with a server of its own, has been cut three times and has come back three times.
   * What this run does at once, or after the same short wait, it has done by then: a bound for what does not happen.
   */
  meanwhile(): Promise<void> {
    return Run.with(this.create, async other => {
      for (const index of [0, 1, 2]) await other.cut(index);
      await other.exchange(3);
    });
  }
}
