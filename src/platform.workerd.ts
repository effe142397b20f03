import { platformInit as withHeader } from './platform.node.js';

export { headerValue } from './platform.node.js';

/** Removes the cache mode. With a compatibility date before 2024-11-11, workerd rejects it. */
export function platformInit<Init extends RequestInit>(init: Init): Init {
  if (init.cache !== 'no-store') return init;
  const sent = { ...withHeader(init) };
  delete sent.cache;
  return sent;
}
