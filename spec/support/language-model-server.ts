import { setImmediate as turn } from 'node:timers/promises';
import { map, type Observable, ReplaySubject, skip, take } from 'rxjs';
import { type Exchange, SseServer } from './sse-server.js';

/** The output of a model: pieces of text, and optionally a failure. */
export interface Generation {
  readonly deltas: readonly string[];
  /** `error` reports the failure in an event of that type, `response.failed` in the event that ends the response. */
  readonly failsBy?: 'error' | 'response.failed' | undefined;
}

/** How the server breaks a response off: after a number of events, with a cut of the connection or a clean end. */
export interface BreakOff {
  readonly after: number;
  readonly by: 'cut' | 'end';
}

export interface LanguageModelServerOptions {
  /** Returns the model's output for the body of a POST request. */
  readonly generate: (body: unknown) => Generation;
  /** Called for each response. The model continues to generate, even if the connection breaks. */
  readonly breakOff?: ((exchange: Exchange) => BreakOff | undefined) | undefined;
}

/** An event in the form of its API. */
interface ModelEvent {
  readonly type?: string;
  readonly data: string;
}

/**
 * A language model with the two APIs that most of them have, in OpenAI's form.
 *
 * - `POST /v1/responses` with `"stream": true` starts a response: `response.created` with its ID, deltas, and
 *   `response.completed`. Events are numbered in their data (`sequence_number`, from 0) and have no `id:`. `GET
 *   /v1/responses/{id}?stream=true&starting_after=N` sends the events after number N, whether the response is still
 *   being generated or long complete.
 * - `POST /v1/chat/completions` with `"stream": true` sends chunks, and `[DONE]` at the end. It can't be resumed.
 */
export class LanguageModelServer {
  private readonly answers = new Map<string, Observable<ModelEvent>>();
  private closed = false;

  private constructor(
    private readonly options: LanguageModelServerOptions,
    private readonly server: SseServer,
  ) {}

  static async start(options: LanguageModelServerOptions): Promise<LanguageModelServer> {
    const server = await SseServer.start(exchange => void started.answer(exchange));
    const started = new LanguageModelServer(options, server);
    return started;
  }

  get port(): number {
    return this.server.port;
  }

  get origin(): string {
    return this.server.origin;
  }

  /** The requests so far, such as `POST /v1/responses`. */
  get requests(): string[] {
    return this.server.exchanges.map(({ request }) => `${request.method} ${request.url}`);
  }

  /** Resolves once no response is being sent. */
  idle(): Promise<void> {
    return this.server.idle();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.server.close();
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { method, url = '' } = exchange.request;
    const { pathname, searchParams } = new URL(url, this.origin);
    const [, id = ''] = /^\/v1\/responses\/(\w+)$/.exec(pathname) ?? [];
    const answer = this.answers.get(id);
    if (method === 'GET' && answer && searchParams.get('stream') === 'true') {
      this.send(exchange, answer.pipe(skip(Number(searchParams.get('starting_after') ?? -1) + 1)));
    } else if (method === 'POST' && pathname === '/v1/responses') {
      const id = `resp_${this.answers.size + 1}`;
      const events = this.generate(responseEvents(id, this.options.generate(JSON.parse(await exchange.body()))));
      this.answers.set(id, events);
      this.send(exchange, events);
    } else if (method === 'POST' && pathname === '/v1/chat/completions') {
      this.send(exchange, this.generate(chatEvents(this.options.generate(JSON.parse(await exchange.body())))));
    } else {
      exchange.refuse(404, { 'content-type': 'application/json' }, '{"error":{"message":"Not found"}}');
    }
  }

  /** Generates the events, with or without a subscriber. */
  private generate(events: Iterable<ModelEvent>): Observable<ModelEvent> {
    const answer = new ReplaySubject<ModelEvent>(Infinity);
    const run = async () => {
      for (const event of events) {
        await turn();
        if (this.closed) return;
        answer.next(event);
      }
      answer.complete();
    };
    void run();
    return answer;
  }

  private send(exchange: Exchange, events: Observable<ModelEvent>): void {
    const { after = Infinity, by } = this.options.breakOff?.(exchange) ?? {};
    // Each response has its own connection, so that a cut doesn't affect the next response.
    exchange.open({ connection: 'close' });
    const sending = events.pipe(take(after), map(asBlock)).subscribe({
      next: block => exchange.send(block),
      // Lets the sent data go out first.
      complete: () => {
        if (by === 'cut') void turn().then(() => exchange.cut());
        else exchange.end();
      },
    });
    exchange.response.on('close', () => sending.unsubscribe());
  }
}

const asBlock = ({ type, data }: ModelEvent) => `${type ? `event: ${type}\n` : ''}data: ${data}\n\n`;

function* responseEvents(id: string, { deltas, failsBy }: Generation): Generator<ModelEvent> {
  let number = 0;
  const event = (type: string, rest: object): ModelEvent => ({
    type,
    data: JSON.stringify({ type, sequence_number: number++, ...rest }),
  });
  const response = (status: string, error: object | null = null) => ({
    response: { id, object: 'response', status, error, background: true },
  });
  const part = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  yield event('response.created', response('queued'));
  yield event('response.in_progress', response('in_progress'));
  yield event('response.output_item.added', { output_index: 0, item: { id: 'msg_1', type: 'message' } });
  for (const delta of deltas) yield event('response.output_text.delta', { ...part, delta });
  const error = { code: 'server_error', message: 'The model is gone' };
  if (failsBy === 'error') {
    yield event('error', { ...error, param: null });
  } else if (failsBy === 'response.failed') {
    yield event('response.failed', response('failed', error));
  } else {
    yield event('response.output_text.done', { ...part, text: deltas.join('') });
    yield event('response.completed', response('completed'));
  }
}

function* chatEvents({ deltas, failsBy }: Generation): Generator<ModelEvent> {
  const chunk = (delta: object, finish_reason: string | null): ModelEvent => ({
    data: JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason }],
    }),
  });
  yield chunk({ role: 'assistant', content: '' }, null);
  for (const content of deltas) yield chunk({ content }, null);
  if (failsBy) {
    yield { data: JSON.stringify({ error: { type: 'server_error', message: 'The model is gone' } }) };
  } else {
    yield chunk({}, 'stop');
    yield { data: '[DONE]' };
  }
}
