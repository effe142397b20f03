import { server } from '../support/fake-lifecycle.js';

/** Returns the states of the connections that are live on the server. */
export const live = () =>
  server.connections.map(({ state }) => state).filter(state => state !== 'ended' && state !== 'closed');
