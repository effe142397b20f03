// `deno check` checks this file, and `deno run` runs it: `main.ts <url>`.
import { EMPTY, firstValueFrom } from 'rxjs';
import { fromEventSource, parseEventStream, type ServerSentEvent } from 'rx-sse';
import { createEventStreamParser } from 'rx-sse/parser';

declare const Deno: { readonly args: readonly string[] };

const [url = ''] = Deno.args;
const { data, lastEventId }: ServerSentEvent = await firstValueFrom(fromEventSource(url));
console.log(JSON.stringify({ data, lastEventId }));
EMPTY.pipe(parseEventStream()).subscribe();
createEventStreamParser({ onEvent: event => console.log(event.data) }).push(
  new TextEncoder().encode('data: parsed\n\n'),
);
