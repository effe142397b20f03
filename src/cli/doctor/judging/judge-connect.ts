import type { Failure, TcpFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { shownFailure, shownTime } from './words.js';

/** Checks whether a server listens. */
export function judgeConnect(facts: TcpFacts): Finding {
  const { host, port, address, ms, failure } = facts;
  const check = 'connect';
  if (!failure) {
    const says = `${address ?? host}, port ${port}, in ${shownTime(ms)}.`;
    return { check, verdict: 'ok', says, facts: { ...facts } };
  }
  return { check, verdict: 'problem', ...wordsFor(failure, `${host}, port ${port}`), facts: { ...facts } };
}

function wordsFor(failure: Failure, place: string): Pick<Finding, 'says' | 'cure'> {
  switch (failure.code) {
    case 'ECONNREFUSED':
      return { says: `No server is listening at ${place}.`, cure: 'Start the server, or correct the port.' };
    case 'TIMEOUT':
    case 'ETIMEDOUT':
      return {
        says: `There is no response from ${place}.`,
        cure: 'Open the port in the firewall, or correct the address. The doctor doesn’t use proxies (HTTPS_PROXY).',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { says: `There is no route to ${place}.`, cure: 'Check the network, and whether a VPN is needed.' };
    default:
      return { says: `No connection to ${place}: ${shownFailure(failure)}`, cure: 'Check the server and the network.' };
  }
}
