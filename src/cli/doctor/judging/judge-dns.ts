import type { DnsFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { shownFailure, shownTime } from './words.js';

/** Checks whether the name has an address. */
export function judgeDns(facts: DnsFacts): Finding {
  const { host, isAddress, addresses, ms, failure } = facts;
  const check = 'dns';
  if (isAddress) return { check, verdict: 'ok', says: `${host} is an address.`, facts: { ...facts } };
  if (!failure) {
    return { check, verdict: 'ok', says: `${addresses.join(', ')}, in ${shownTime(ms)}.`, facts: { ...facts } };
  }
  const isUnknown = failure.code === 'ENOTFOUND';
  return {
    check,
    verdict: 'problem',
    says: isUnknown ? `The name ${host} doesn’t exist.` : `${host} couldn’t be looked up: ${shownFailure(failure)}`,
    cure: isUnknown ? 'Check the spelling, and whether this network knows the name.' : 'Check the DNS server.',
    facts: { ...facts },
  };
}
