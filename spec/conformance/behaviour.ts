import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  type FetchLike,
  type ServerSentEvent,
} from 'rx-sse';
import { type Observed, subscribeTo } from '../support/observed.js';
import type { ScriptedAnswer, Seen } from './scripted-answers.js';

/** The settings from a driver. */
export interface Engine {
  /** The origin of the scripted server. */
  readonly origin: string;
  /** The `fetch` for requests. By default, the engine's own. */
  readonly fetch?: FetchLike | undefined;
  readonly seed: number;
}

/** A behaviour that holds in every engine, except those that lack a capability according to a probe. */
export interface Behaviour {
  readonly name: string;
  /** The names of the probes for the capabilities that it needs. */
  readonly unless?: readonly string[];
  run(stage: Stage): Promise<void>;
}

export const behaviour = (name: string, run: Behaviour['run'], ...unless: string[]): Behaviour => ({
  name,
  run,
  unless,
});

/** A script on the server, and what the server has seen of it. */
export class Staged {
  constructor(readonly url: string) {}

  /** Waits until the server has seen this many requests and this many of them are open. Returns what it has seen. */
  async seen(requests: number, open?: number): Promise<Seen> {
    const query = open === undefined ? '' : `&open=${open}`;
    const seen = await ask<Seen>(`${this.url}/seen?requests=${requests}${query}`);
    if (seen.requests.length < requests || (open !== undefined && seen.open !== open)) {
      throw new Error(
        `Expected ${requests} requests, ${open ?? 'any'} open, but the server saw ${seen.requests.length}, ${seen.open} open`,
      );
    }
    return seen;
  }

  /** Waits until the server has seen this many requests and all of them have ended, on either side. */
  gone(requests = 1): Promise<Seen> {
    return this.seen(requests, 0);
  }

  /** Lets the response that holds continue. */
  async go(): Promise<void> {
    await ask(`${this.url}/go`, { method: 'POST' });
  }
}

/** The environment of one behaviour. */
export class Stage {
  private readonly observed: Observed<unknown>[] = [];

  constructor(readonly engine: Engine) {}

  async script(...answers: ScriptedAnswer[]): Promise<Staged> {
    const { origin } = this.engine;
    const { url } = await ask<{ url: string }>(`${origin}/stage`, { method: 'POST', body: JSON.stringify(answers) });
    return new Staged(origin + url);
  }

  /** Adds the engine's `fetch` and short waits to the options. */
  options(options: EventSourceOptions = {}): EventSourceOptions {
    const { fetch } = this.engine;
    return { ...(fetch && { fetch }), reconnect: { delay: 1, jitter: 0 }, ...options };
  }

  events({ url }: { url: string }, options?: EventSourceOptions): Observed<ServerSentEvent> {
    return this.observe(fromEventSource(url, this.options(options)));
  }

  lifecycle({ url }: { url: string }, options?: EventSourceOptions): Observed<EventSourceLifecycle> {
    return this.observe(fromEventSourceLifecycle(url, this.options(options)));
  }

  observe<T>(source: Parameters<typeof subscribeTo<T>>[0]): Observed<T> {
    const observed = subscribeTo(source);
    this.observed.push(observed);
    return observed;
  }

  /** Unsubscribes from all streams that are left. */
  close(): void {
    for (const { subscription } of this.observed) subscription.unsubscribe();
  }
}

async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await globalThis.fetch(url, init);
  return (await response.json()) as T;
}

/** Throws unless both values have the same JSON. */
export function equal(actual: unknown, expected: unknown): void {
  const [found, wanted] = [textOf(actual), textOf(expected)];
  if (found !== wanted) throw new Error(`Expected ${wanted}, but got ${found}`);
}

const textOf = (value: unknown) => JSON.stringify(value, (_key, part: unknown) => (part === undefined ? null : part));

export const event = (data: string, lastEventId = '', type = 'message') => ({ type, data, lastEventId });

/** Returns how a failed stream describes its error. */
export function about(error: unknown): Record<string, unknown> {
  const { name, status, retryable } = error as { name?: string; status?: number; retryable?: boolean };
  return { name, ...(status !== undefined && { status }), retryable };
}

export const kinds = (steps: readonly { kind: string }[]) => steps.map(({ kind }) => kind).join(' ');
