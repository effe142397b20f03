import { afterEach, describe, expect, it } from '@jest/globals';
import { filter, map, type Observable, tap } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  json,
  type ServerSentEvent,
  StreamTruncatedError,
} from '../src/index.js';
import { type BreakOff, type Generation, LanguageModelServer } from './support/language-model-server.js';
import { observe, ofKind, unobserve } from './support/observe.js';
import { Random } from './support/random.js';
import { firstSeed } from './support/random-stream.js';
import { type RelayedConnection, TcpRelay } from './support/tcp-relay.js';

/** The data of a `/v1/responses` event. */
interface ResponseEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly response?: { readonly id: string; readonly error: { readonly message: string } | null };
  readonly delta?: string;
  readonly message?: string;
}

const POST: EventSourceOptions = {
  method: 'POST',
  headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
  body: JSON.stringify({ input: 'Why is the sky blue?', background: true, stream: true }),
};
const FAST = { delay: 1, maxDelay: 5 };

/** Reads a response: one POST starts it, GETs resume after the last number, and the types of its last events end it. */
function responseOptions(origin: string): EventSourceOptions {
  let id = '';
  return {
    ...POST,
    position: ({ data }) => {
      const { response, sequence_number } = JSON.parse(data) as ResponseEvent;
      if (response) id = response.id;
      return String(sequence_number);
    },
    resume: ({ lastEventId }) => ({ url: `${origin}/v1/responses/${id}?stream=true&starting_after=${lastEventId}` }),
    isLast: ({ type }) => ['response.completed', 'response.incomplete', 'response.failed', 'error'].includes(type),
  };
}

/** Turns an error that the model reports into an error of the stream. */
const orThrow = (events$: Observable<ServerSentEvent>) =>
  events$.pipe(
    json<ResponseEvent>(),
    map(({ data }) => {
      const message = data.type === 'error' ? data.message : data.response?.error?.message;
      if (message !== undefined) throw new Error(message);
      return data;
    }),
  );

const isDone = ({ data }: ServerSentEvent) => data === '[DONE]';
const contentOf = (data: string) =>
  (JSON.parse(data) as { choices: [{ delta: { content?: string } }] }).choices[0].delta.content ?? '';

const PIECES = [' the', 'Ray', 'leigh', '\n\n', '€', ' 𝄞', '"', 'data: x\n', '', ' a longer piece, as they come, too'];
const words = (random: Random, count: number) => Array.from({ length: count }, () => random.pick(PIECES));

describe('a language model', () => {
  let server: LanguageModelServer | undefined;
  let relay: TcpRelay | undefined;
  afterEach(async () => {
    unobserve();
    await relay?.close();
    await server?.close();
    relay = server = undefined;
  });

  /** Starts a model that generates this, behind a relay. */
  const start = async (
    generation: Generation | (() => Generation),
    breakOff?: () => BreakOff | undefined,
    plan?: (connection: RelayedConnection) => void,
  ) => {
    const generate = typeof generation === 'function' ? generation : () => generation;
    server = await LanguageModelServer.start({ generate, breakOff });
    relay = await TcpRelay.start(server.port, plan);
    return { server, relay, origin: relay.origin };
  };

  describe('over `POST /v1/responses`, resumed by GET', () => {
    const stream = (origin: string, options: EventSourceOptions = {}) =>
      observe(
        fromEventSourceLifecycle(`${origin}/v1/responses`, {
          ...responseOptions(origin),
          reconnect: { ...FAST, onEnd: false },
          ...options,
        }),
      );
    const dataOf = (steps: EventSourceLifecycle[]) =>
      steps.filter(ofKind('event')).map(({ event }) => JSON.parse(event.data) as ResponseEvent);

    it('receives one request if nothing is lost, and ends the stream with its last event', async () => {
      const { origin, server } = await start({ deltas: ['Ray', 'leigh'] });
      const steps = await stream(origin).completed();
      expect(dataOf(steps).map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_text.delta',
        'response.output_text.delta',
        'response.output_text.done',
        'response.completed',
      ]);
      expect(steps.at(-1)).toEqual({ kind: 'closed', reason: 'last' });
      expect(server.requests).toEqual(['POST /v1/responses']);
    });

    it.each(['cut', 'end'] as const)(
      'continues after a break by `%s`, from the number in the data [pitfall 52]',
      async by => {
        const breaks: BreakOff[] = [
          { after: 1, by },
          // No event arrives before the next break, so the last event ID stays the same.
          { after: 0, by },
          { after: 3, by },
        ];
        const { origin, server } = await start({ deltas: ['a', 'b', 'c'] }, () => breaks.shift());
        const steps = await stream(origin).completed();
        expect(dataOf(steps).map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(server.requests).toEqual([
          'POST /v1/responses',
          'GET /v1/responses/resp_1?stream=true&starting_after=0',
          'GET /v1/responses/resp_1?stream=true&starting_after=0',
          'GET /v1/responses/resp_1?stream=true&starting_after=3',
        ]);
        const waits = steps.filter(ofKind('waiting'));
        expect(waits).toHaveLength(3);
        for (const { error } of waits) expect(error).toBeInstanceOf(StreamTruncatedError);
        expect(steps.filter(ofKind('open')).map(({ resumedFrom }) => resumedFrom)).toEqual(['', '0', '0', '3']);
        expect(steps.filter(ofKind('gap'))).toEqual([]);
      },
    );

    it.each(['cut', 'end'] as const)(
      'is not requested again if a break by `%s` comes before its id [pitfall 50]',
      async by => {
        const { origin, server } = await start({ deltas: ['a'] }, () => ({ after: 0, by }));
        const error = await stream(origin, { reconnect: undefined }).failed();
        expect(error).toBeInstanceOf(StreamTruncatedError);
        expect(server.requests).toEqual(['POST /v1/responses']);
      },
    );

    it.each(['error', 'response.failed'] as const)(
      'reports a failure by `%s`, which is an ordinary event',
      async failsBy => {
        const { origin, server } = await start({ deltas: ['a', 'b'], failsBy });
        const steps = await stream(origin).completed();
        expect(dataOf(steps).at(-1)).toMatchObject({ type: failsBy });
        expect(steps.at(-1)).toEqual({ kind: 'closed', reason: 'last' });

        const texts: string[] = [];
        const answer$ = fromEventSource(`${origin}/v1/responses`, responseOptions(origin)).pipe(
          orThrow,
          tap(({ delta }) => delta && texts.push(delta)),
        );
        expect(await observe(answer$).failed()).toEqual(new Error('The model is gone'));
        expect(texts).toEqual(['a', 'b']);
        expect(server.requests).toEqual(['POST /v1/responses', 'POST /v1/responses']);
        await server.idle();
      },
    );

    it(`sends each delta once, in order, however it is cut (seed ${firstSeed})`, async () => {
      let random = new Random(firstSeed);
      let deltas: string[] = [];
      const { origin, server, relay } = await start(
        () => ({ deltas }),
        () => (random.chance(0.3) ? { after: random.between(0, 60), by: random.pick(['cut', 'end']) } : undefined),
        connection => {
          const fault = random.pick(['cut', 'resetClient', 'resetServer', 'endClient'] as const);
          connection.toClient.after(random.between(1, random.pick([1000, 3000, 3000])), () => connection.make(fault));
        },
      );
      let whole = 0;
      for (let run = 0; run < 12; run++) {
        const seed = firstSeed + run;
        random = new Random(seed);
        deltas = words(random, random.between(1, 80));
        const requestsBefore = server.requests.length;
        const answer = stream(origin);
        await answer.ended;
        const data = dataOf(answer.values);
        const received = data.flatMap(({ delta }) => delta ?? []);
        const requests = server.requests.slice(requestsBefore);
        const seen = { seed, requests };
        const isWhole = answer.status === 'completed';
        if (isWhole) whole++;
        // A response that is lost before its id can't be resumed, and must not be requested twice.
        expect({ ...seen, received }).toEqual({ ...seen, received: isWhole ? deltas : [] });
        expect(data.map(({ sequence_number }) => sequence_number)).toEqual(data.map((_, index) => index));
        expect(isWhole ? answer.values.at(-1) : answer.error).toMatchObject(
          isWhole ? { kind: 'closed', reason: 'last' } : { retryable: true },
        );
        expect({ ...seen, posts: requests.filter(request => request.startsWith('POST')) }).toEqual({
          ...seen,
          posts: ['POST /v1/responses'],
        });
        expect({ ...seen, gaps: answer.values.filter(ofKind('gap')) }).toEqual({ ...seen, gaps: [] });
      }
      expect(whole).toBeGreaterThan(3);
      expect(server.requests.length).toBeGreaterThan(25);
      expect(relay.faults.cut + relay.faults.resetClient).toBeGreaterThan(3);
    });
  });

  describe('over `POST /v1/chat/completions`, ended by `[DONE]`', () => {
    const options: EventSourceOptions = { ...POST, isLast: isDone };
    const textOf = (events: ServerSentEvent[]) =>
      events.filter(event => !isDone(event)).map(({ data }) => contentOf(data));

    it('completes with its last event', async () => {
      const { origin, server } = await start({ deltas: ['Ray', 'leigh'] });
      const steps = await observe(fromEventSourceLifecycle(`${origin}/v1/chat/completions`, options)).completed();
      const events = steps.filter(ofKind('event')).map(({ event }) => event);
      expect(textOf(events)).toEqual(['', 'Ray', 'leigh', '']);
      expect(events.at(-1)?.data).toBe('[DONE]');
      expect(steps.at(-1)).toEqual({ kind: 'closed', reason: 'last' });
      expect(server.requests).toEqual(['POST /v1/chat/completions']);
      await server.idle();
    });

    it('reports a failure in an event’s data, which `map` turns into an error of the stream', async () => {
      const { origin, server } = await start({ deltas: ['a'], failsBy: 'error' });
      const texts: string[] = [];
      const answer$ = fromEventSource(`${origin}/v1/chat/completions`, options).pipe(
        filter(event => !isDone(event)),
        map(({ data }) => {
          const { error } = JSON.parse(data) as { error?: { message: string } };
          if (error) throw new Error(error.message);
          return contentOf(data);
        }),
        tap(text => texts.push(text)),
      );
      expect(await observe(answer$).failed()).toEqual(new Error('The model is gone'));
      expect(texts).toEqual(['', 'a']);
      await server.idle();
    });

    it(`completes in full or fails, however it is cut (seed ${firstSeed}) [pitfall 50]`, async () => {
      let random = new Random(firstSeed);
      let deltas: string[] = [];
      const { origin, server } = await start(
        () => ({ deltas }),
        () => (random.chance(0.5) ? { after: random.between(0, 20), by: random.pick(['cut', 'end']) } : undefined),
        connection => {
          const fault = random.pick(['cut', 'resetClient', 'resetServer', 'endClient', 'none', 'none'] as const);
          if (fault !== 'none') connection.toClient.after(random.between(1, 5000), () => connection.make(fault));
        },
      );
      const ends = { completed: 0, failed: 0 };
      for (let run = 0; run < 40; run++) {
        const seed = firstSeed + run;
        random = new Random(seed);
        deltas = words(random, random.between(1, 30));
        const answer = observe(fromEventSource(`${origin}/v1/chat/completions`, options));
        await answer.ended;
        const { values, status, error } = answer;
        const whole = ['', ...deltas, ''];
        const received = textOf(values);
        const isWhole = status === 'completed';
        expect({ seed, received }).toEqual({ seed, received: isWhole ? whole : whole.slice(0, received.length) });
        expect(isWhole || (error as StreamTruncatedError).retryable).toBe(true);
        expect(isWhole || received.length === 0 || error instanceof StreamTruncatedError).toBe(true);
        ends[isWhole ? 'completed' : 'failed']++;
      }
      expect(server.requests).toHaveLength(40);
      expect(ends.completed).toBeGreaterThan(0);
      expect(ends.failed).toBeGreaterThan(0);
    });

    it('starts over if a policy is given, and emits a gap because the earlier events no longer count', async () => {
      const breaks: BreakOff[] = [
        { after: 2, by: 'cut' },
        { after: 3, by: 'end' },
      ];
      const { origin, server } = await start({ deltas: ['a', 'b', 'c'] }, () => breaks.shift());
      const stream = observe(
        fromEventSourceLifecycle(`${origin}/v1/chat/completions`, { ...options, reconnect: FAST }),
      );
      const steps = await stream.completed();
      const texts = [''];
      for (const step of steps) {
        if (step.kind === 'gap') texts.push('');
        if (step.kind === 'event' && !isDone(step.event)) texts.push((texts.pop() ?? '') + contentOf(step.event.data));
      }
      expect(texts).toEqual(['a', 'ab', 'abc']);
      expect(server.requests).toHaveLength(3);
    });
  });
});
