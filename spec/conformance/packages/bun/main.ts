// What Bun bundles, and runs.
import { firstValueFrom } from 'rxjs';
import { fromEventSource, type ServerSentEvent } from 'rx-sse';

const [, , url = ''] = process.argv;
const { data, lastEventId }: ServerSentEvent = await firstValueFrom(fromEventSource(url));
console.log(JSON.stringify({ data, lastEventId }));
