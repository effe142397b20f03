// The parsers, used as their documentation says: bytes in, events out. This file also runs in browsers.

/**
 * @typedef {{ type: string, data: string, id?: string }} Parsed The output for a check. Without `id`, the parser
 * provides none.
 * @typedef {object} Contestant
 * @property {string} title
 * @property {boolean} [nodeOnly]
 * @property {string[]} [workloads] The only workloads for it.
 * @property {() => Promise<(chunks: Uint8Array[], onEvent: (event: any) => void) => void | Promise<void>>} load
 *   Returns a function that reads all chunks.
 * @property {(event: any) => string} data Returns the text of an event, which timed runs use.
 * @property {(event: any) => Parsed} parsed
 */

/** Converts an event whose properties are named like the fields. */
const message = ({ event, data, id }) => ({ type: event || 'message', data, id: String(id ?? '') });

const messageEvent = ({ type, data, lastEventId }) => ({ type, data, id: lastEventId });

/** Returns the chunks as the stream of a response. @param {Uint8Array[]} chunks */
function streamOf(chunks) {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next < chunks.length) controller.enqueue(chunks[next++]);
      else controller.close();
    },
  });
}

const responseOf = chunks => new Response(streamOf(chunks), { headers: { 'content-type': 'text/event-stream' } });

/** Uses the `EventStreamParser` of a module. @returns {Contestant} */
export function eventStreamParser(title, loadModule) {
  return {
    title,
    load: async () => {
      const { EventStreamParser } = await loadModule();
      return (chunks, onEvent) => {
        const parser = new EventStreamParser({ onEvent });
        for (const chunk of chunks) parser.push(chunk);
      };
    },
    data: event => event.data,
    parsed: messageEvent,
  };
}

/** @returns {Contestant} */
function eventsourceParser(title, loadModule) {
  return {
    title,
    load: async () => {
      const { createParser } = await loadModule();
      return (chunks, onEvent) => {
        const parser = createParser({ onEvent });
        const decoder = new TextDecoder();
        for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
      };
    },
    data: event => event.data,
    parsed: message,
  };
}

/** @type {Record<string, Contestant>} */
export const contestants = {
  'rx-sse': {
    title: 'rx-sse/parser',
    load: async () => {
      const { createEventStreamParser } = await import('../../dist/esm/parser/index.js');
      return (chunks, onEvent) => {
        const parser = createEventStreamParser({ onEvent });
        for (const chunk of chunks) parser.push(chunk);
      };
    },
    data: event => event.data,
    parsed: messageEvent,
  },
  /** The inner parser of `rx-sse/parser` in Node. */
  'rx-sse-inside': eventStreamParser(
    'rx-sse, the parser inside',
    () => import('../../dist/esm/parsing/event-stream-parser.node.js'),
  ),
  /** The least work that the platform needs. It grows with the length too, because caches have a limited size. */
  control: {
    title: 'no parser: the bytes copied together, and decoded at once',
    workloads: ['j5', 'j'],
    load: async () => (chunks, onEvent) => {
      const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
      let end = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, end);
        end += chunk.length;
      }
      onEvent(new TextDecoder().decode(bytes));
    },
    data: text => text,
    parsed: text => ({ type: 'message', data: text.slice('data: '.length, -2), id: '' }),
  },
  'rx-sse-operator': {
    title: 'rx-sse, parseEventStream()',
    load: async () => {
      const { parseEventStream } = await import('../../dist/esm/index.js');
      const { from } = await import('rxjs');
      return (chunks, onEvent) => {
        let failure;
        from(chunks)
          .pipe(parseEventStream())
          .subscribe({ next: onEvent, error: error => (failure = error) });
        if (failure) throw failure;
      };
    },
    data: event => event.data,
    parsed: messageEvent,
  },
  /** The least cost of an Observable of events, to compare the operator with. */
  'rx-sse-observable': {
    title: 'rx-sse/parser in a bare Observable',
    load: async () => {
      const { createEventStreamParser } = await import('../../dist/esm/parser/index.js');
      const { from, Observable } = await import('rxjs');
      return (chunks, onEvent) => {
        let failure;
        new Observable(subscriber => {
          const parser = createEventStreamParser({ onEvent: event => subscriber.next(event) });
          return from(chunks).subscribe({
            next: chunk => parser.push(chunk),
            error: error => subscriber.error(error),
            complete: () => subscriber.complete(),
          });
        }).subscribe({ next: onEvent, error: error => (failure = error) });
        if (failure) throw failure;
      };
    },
    data: event => event.data,
    parsed: messageEvent,
  },
  'eventsource-parser': eventsourceParser('eventsource-parser 4', () => import('eventsource-parser')),
  'eventsource-parser-3': eventsourceParser('eventsource-parser 3', () => import('eventsource-parser-3')),
  'fetch-event-source': {
    title: '@microsoft/fetch-event-source',
    load: async () => {
      const { getLines, getMessages } = await import('../node_modules/@microsoft/fetch-event-source/lib/esm/parse.js');
      return (chunks, onEvent) => {
        const ignore = () => {};
        const push = getLines(getMessages(ignore, ignore, onEvent));
        for (const chunk of chunks) push(chunk);
      };
    },
    data: event => event.data,
    parsed: message,
  },
  'azure-core-sse': {
    title: '@azure/core-sse',
    load: async () => {
      const { createSseStream } = await import('@azure/core-sse');
      return async (chunks, onEvent) => {
        for await (const event of createSseStream(streamOf(chunks))) onEvent(event);
      };
    },
    data: event => event.data,
    parsed: message,
  },
  openai: {
    title: 'openai, its decoder',
    load: async () => {
      const { _iterSSEMessages } = await import('openai/core/streaming');
      return async (chunks, onEvent) => {
        for await (const event of _iterSSEMessages(responseOf(chunks), new AbortController())) onEvent(event);
      };
    },
    data: event => event.data,
    parsed: ({ event, data }) => ({ type: event || 'message', data }),
  },
  'fetch-event-stream': {
    title: 'fetch-event-stream',
    load: async () => {
      const { events } = await import('fetch-event-stream');
      return async (chunks, onEvent) => {
        for await (const event of events(responseOf(chunks))) onEvent(event);
      };
    },
    data: event => event.data,
    parsed: message,
  },
  'parse-sse': {
    title: 'parse-sse',
    load: async () => {
      const { parseServerSentEvents } = await import('parse-sse');
      return async (chunks, onEvent) => {
        for await (const event of parseServerSentEvents(responseOf(chunks))) onEvent(event);
      };
    },
    data: event => event.data,
    parsed: messageEvent,
  },
  undici: {
    title: 'undici, the parser of its EventSource',
    nodeOnly: true,
    load: async () => {
      const { EventSourceStream } = (await import('undici/lib/web/eventsource/eventsource-stream.js')).default;
      return (chunks, onEvent) =>
        new Promise((resolve, reject) => {
          // undici's EventSource passes `push` like this. The stream isn't ended, because that would push a null.
          const stream = new EventSourceStream({ eventSourceSettings: { lastEventId: '' }, push: onEvent });
          stream.on('error', reject);
          chunks.forEach((chunk, i) => stream.write(chunk, i === chunks.length - 1 ? resolve : undefined));
        });
    },
    data: event => event.options.data,
    parsed: ({ type, options }) => messageEvent({ type, ...options }),
  },
};
