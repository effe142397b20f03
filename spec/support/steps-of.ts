import { type EventSourceLifecycle, type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';

/** Returns a step in a few characters, which most specs compare. */
export function inShort(step: EventSourceLifecycle): string {
  switch (step.kind) {
    case 'connecting':
      return `connecting ${step.attempt}${step.lastEventId && ` after ${step.lastEventId}`}`;
    case 'open':
      return `open${step.resumedFrom && ` from ${step.resumedFrom}`}`;
    case 'event':
      return step.event.data;
    case 'gap':
      return `gap ${step.requested || '-'} ${step.resumed || '-'}`;
    case 'waiting':
      return `waiting ${step.delay ?? '?'}`;
    case 'closed':
      return `closed ${step.reason}`;
    case 'comment':
      return `: ${step.text}`;
    default:
      return step.kind;
  }
}

/** Returns a stream of a fake server on a virtual clock, with its steps in short form. */
export function fakeStream(options: EventSourceOptions = {}) {
  const server = fakeEventSource();
  const clock = new Clock();
  const steps: string[] = [];
  const log: EventSourceLifecycle[] = [];
  const source = fromEventSourceLifecycle('http://localhost/stream', {
    fetch: server.fetch,
    scheduler: clock,
    reconnect: { jitter: 0 },
    ...options,
    ...(options.reconnect ? { reconnect: { jitter: 0, ...options.reconnect } } : {}),
  });
  const subscribe = () =>
    source.subscribe({
      next: step => {
        log.push(step);
        steps.push(inShort(step));
      },
      error: (error: unknown) => steps.push(`error ${String(error)}`),
      complete: () => steps.push('complete'),
    });
  /** Returns the steps since the last call. */
  const said = () => steps.splice(0);
  return { server, clock, source, log, said, subscribe, subscription: subscribe() };
}
