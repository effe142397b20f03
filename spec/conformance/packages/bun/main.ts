// Bun bundles and runs this file.
import { firstValueFrom } from 'rxjs';
import { fromEventSource, type ServerSentEvent } from 'rx-sse';

const [, , url = ''] = process.argv;
const { data, lastEventId }: ServerSentEvent = await firstValueFrom(fromEventSource(url));
console.log(JSON.stringify({ data, lastEventId }));
