// What `deno check` must refuse: so it has the types.
import { fromEventSource } from 'rx-sse';

fromEventSource('/stream', { connectTimeout: 'soon' }).subscribe(event => event.payload);
