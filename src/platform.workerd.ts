import { platformInit as withHeader } from './platform.node.js';

export { headerValue } from './platform.node.js';

/** Before its compatibility date 2024-11-11, workerd refuses a request with a cache mode. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  if (init.cache !== 'no-store') return init;
  const sent = { ...withHeader(init) };
  delete sent.cache;
  return sent;
}
