import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createEventSource, type EventSourceClient } from 'eventsource-client';
import { EventSourcePlus } from 'event-source-plus';
import type { Subscription } from 'rxjs';
import { fromEventSourceLifecycle, ResponseStatusError } from '../../src/index.js';

/**
 * The options of a client in addition to the URL. Everything else keeps the client's defaults. All clients receive the
 * same options, even if their types don't include them.
 */
export interface ClientOptions {
  readonly method?: 'POST';
  readonly body?: string;
  readonly headers?: () => Promise<Record<string, string>>;
  /** Read the text of error responses, if the client has a place for it. */
  readonly readRefusals?: boolean;
}

/** The notifications from a client to the application. */
export type Told =
  | { kind: 'event'; data: string }
  /** An attempt failed. The client continues. */
  | { kind: 'failure' }
  | { kind: 'refusal'; text: string }
  /** The client has finished or died. */
  | { kind: 'end' };

export interface Client {
  /** Starts the client. A second call starts it again by the means that the client has for it. */
  start(): void;
  stop(): void;
}

export type CreateClient = (url: string, options: ClientOptions, tell: (told: Told) => void) => Client;

export const CLIENTS: Record<string, CreateClient> = {
  'rx-sse': (url, { readRefusals, ...init }, tell) => {
    const source = fromEventSourceLifecycle(url, init);
    const refuse = (error: unknown) => {
      if (readRefusals && error instanceof ResponseStatusError) tell({ kind: 'refusal', text: error.body });
    };
    let subscription: Subscription;
    return {
      start() {
        subscription = source.subscribe({
          next(step) {
            if (step.kind === 'event') tell({ kind: 'event', data: step.event.data });
            if (step.kind === 'waiting' && step.error !== undefined) {
              refuse(step.error);
              tell({ kind: 'failure' });
            }
          },
          error(error: unknown) {
            refuse(error);
            tell({ kind: 'end' });
          },
          complete: () => tell({ kind: 'end' }),
        });
      },
      stop: () => subscription.unsubscribe(),
    };
  },

  '@microsoft/fetch-event-source': (url, { readRefusals, headers, ...init }, tell) => {
    // The client needs a page. It has the process to itself, so the page can stay.
    Object.assign(globalThis, { window: globalThis, document: Object.assign(new EventTarget(), { hidden: false }) });
    const onopen = async (response: Response) => {
      if (response.ok) return;
      tell({ kind: 'refusal', text: await response.text() });
      throw new Error('refused');
    };
    let controller: AbortController;
    return {
      start() {
        controller = new AbortController();
        const end = () => tell({ kind: 'end' });
        fetchEventSource(url, {
          ...init,
          headers: headers as never,
          openWhenHidden: true,
          signal: controller.signal,
          ...(readRefusals ? { onopen } : {}),
          onmessage: ({ data }) => tell({ kind: 'event', data }),
          onerror: () => tell({ kind: 'failure' }),
        }).then(end, end);
      },
      stop: () => controller.abort(),
    };
  },

  eventsource: (url, options, tell) => {
    let source: EventSource;
    return {
      start() {
        source = new EventSource(url, { withCredentials: false, ...options });
        source.onmessage = ({ data }) => tell({ kind: 'event', data: data as string });
        source.onerror = () => tell({ kind: source.readyState === source.CLOSED ? 'end' : 'failure' });
      },
      stop: () => source.close(),
    };
  },

  'eventsource-client': (url, { headers, ...init }, tell) => {
    let client: EventSourceClient | undefined;
    return {
      start() {
        if (client) {
          client.connect();
          return;
        }
        client = createEventSource({
          ...init,
          url,
          headers: headers as never,
          onMessage: ({ data }) => tell({ kind: 'event', data }),
          onScheduleReconnect: () => tell({ kind: 'failure' }),
          // The client calls this just before it closes.
          onDisconnect: () => queueMicrotask(() => client?.readyState === 'closed' && tell({ kind: 'end' })),
        });
      },
      stop: () => client?.close(),
    };
  },

  'event-source-plus': (url, { method, readRefusals, ...init }, tell) => {
    const source = new EventSourcePlus(url, { ...init, ...(method ? { method: 'post' } : {}) });
    // A request that the client can't build causes an unhandled rejection, which ends the process.
    const die = () => tell({ kind: 'end' });
    let controller: ReturnType<typeof source.listen>;
    return {
      start() {
        process.on('unhandledRejection', die);
        controller = source.listen({
          onMessage: ({ data }) => tell({ kind: 'event', data }),
          onRequestError: () => tell({ kind: 'failure' }),
          onResponseError: async ({ response }) => {
            if (readRefusals) tell({ kind: 'refusal', text: await response.text() });
          },
        });
        controller.onAbort(({ type }) => {
          if (type !== 'manual') tell({ kind: 'end' });
        });
      },
      stop() {
        process.off('unhandledRejection', die);
        controller.abort();
      },
    };
  },
};
