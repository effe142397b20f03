// `deno check` must reject this file, which proves that it has the types.
import { fromEventSource } from 'rx-sse';

fromEventSource('/stream', { connectTimeout: 'soon' }).subscribe(event => event.payload);
