import { take, tap, VirtualTimeScheduler } from 'rxjs';
import { type EventSourceLifecycle, type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { type Observed, observe, ofKind } from './observe.js';

/** A request as the scripted `fetch` received it. */
export interface VirtualRequest {
  readonly init: RequestInit & { readonly headers: Record<string, string> };
  /** The time of the request on the virtual clock, in milliseconds from the start. */
  readonly at: number;
}

/** The response to a request. An `Error` makes the request fail. */
export type VirtualAnswer = Response | Error;

/** The most steps of a stream, so that an endless stream fails its test and doesn't hang it. */
const MAX_ITEMS = 2000;

export interface VirtualStream extends Observed<EventSourceLifecycle> {
  readonly scheduler: VirtualTimeScheduler;
  readonly requests: VirtualRequest[];
  /** The time of each request, in virtual milliseconds. */
  times(): number[];
  /** The announced waits. */
  waits(): (number | undefined)[];
}

/**
 * Returns a stream whose `fetch` responds from a script, and on whose clock minutes of waiting take no time: after each `waiting`, everything that
 * is due runs. Each request receives the next response of a list; after the last one, a 204, which closes the stream.
 *
 * @param passTime lets the time pass in another way, after the wait has started
 */
export function virtualStream(
  script: readonly VirtualAnswer[] | ((request: VirtualRequest) => VirtualAnswer),
  options: EventSourceOptions = {},
  passTime = (scheduler: VirtualTimeScheduler) => scheduler.flush(),
): VirtualStream {
  const scheduler = new VirtualTimeScheduler();
  const requests: VirtualRequest[] = [];

  // In a page, a failure is reported in the next task, which the scheduler runs.
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
      // The timer of the wait is set after `waiting` is emitted.
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

/** Returns an event stream with this text that then ends cleanly. */
export const ends = (text = '') => new Response(text, { headers: EVENT_STREAM });

/** Returns an event stream with this text whose connection is then lost. */
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

/** Returns a refusal. The status 204 tells the client to stop. */
export const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(code === 204 ? null : `status ${code}`, { status: code, headers });
