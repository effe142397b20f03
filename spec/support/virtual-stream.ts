import { take, tap, VirtualTimeScheduler } from 'rxjs';
import { type EventSourceLifecycle, type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { type Observed, observe, ofKind } from './observe.js';

/** A request as the scripted `fetch` got it. */
export interface VirtualRequest {
  readonly init: RequestInit & { readonly headers: Record<string, string> };
  /** When it was made, on the virtual clock, in milliseconds from the start. */
  readonly at: number;
}

/** What a request is answered with; an `Error` is a request that failed. */
export type VirtualAnswer = Response | Error;

/** How much may happen on a stream: one that never ends must fail its test and not hang it. */
const MAX_ITEMS = 2000;

export interface VirtualStream extends Observed<EventSourceLifecycle> {
  readonly scheduler: VirtualTimeScheduler;
  readonly requests: VirtualRequest[];
  /** When each request was made, in virtual milliseconds. */
  times(): number[];
  /** The waits that were announced. */
  waits(): (number | undefined)[];
}

/**
 * A stream whose `fetch` answers from a script, and on whose clock minutes of waiting take no time: whenever it says `waiting`, all that
 * is due is run. A list is used up answer by answer; a request beyond its end gets a 204, which closes the stream.
 *
 * @param passTime makes the time pass in another way, once the wait has begun
 */
export function virtualStream(
  script: readonly VirtualAnswer[] | ((request: VirtualRequest) => VirtualAnswer),
  options: EventSourceOptions = {},
  passTime = (scheduler: VirtualTimeScheduler) => scheduler.flush(),
): VirtualStream {
  const scheduler = new VirtualTimeScheduler();
  const requests: VirtualRequest[] = [];

  // In a page, nothing is said of a failure before the next task, which is one of the scheduler's.
  const passTask = () => {
    scheduler.maxFrames = scheduler.now();
    scheduler.flush();
    scheduler.maxFrames = Infinity;
  };
  const fetch = (_url: string, init: VirtualRequest['init']) => {
    const request = { init, at: scheduler.now() };
    const answer = typeof script === 'function' ? script(request) : (script[requests.length] ?? status(204));
    requests.push(request);
    if (answer instanceof Error) setImmediate(passTask);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };

  const observed = observe(
    fromEventSourceLifecycle('http://localhost/stream', { ...options, fetch, scheduler }).pipe(
      // The timer of the wait is set after it was announced.
      tap(item => item.kind === 'waiting' && queueMicrotask(() => passTime(scheduler))),
      take(MAX_ITEMS),
    ),
  );
  return Object.assign(observed, {
    scheduler,
    requests,
    times: () => requests.map(({ at }) => at),
    waits: () => observed.values.filter(ofKind('waiting')).map(({ delay }) => delay),
  });
}

const EVENT_STREAM = { 'content-type': 'text/event-stream' };

/** An event stream of this text that then ends cleanly. */
export const ends = (text = '') => new Response(text, { headers: EVENT_STREAM });

/** An event stream of this text whose connection is then lost. */
export function breaks(text: string): Response {
  const chunks = [new TextEncoder().encode(text)];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.error(new TypeError('terminated'));
    },
  });
  return new Response(body, { headers: EVENT_STREAM });
}

/** A refusal; of status 204, the server's word to stop. */
export const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(code === 204 ? null : `status ${code}`, { status: code, headers });
