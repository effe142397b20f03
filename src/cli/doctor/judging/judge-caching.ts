import type { HeaderFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { quoted } from './words.js';

/** Checks whether a cache may respond instead of the server. */
export function judgeCaching(headers: HeaderFacts): Finding {
  const check = 'caching';
  const { 'cache-control': cacheControl, age } = headers;
  const facts = { cacheControl: cacheControl ?? null, ...(age !== undefined && { age }) };
  const cure = 'Send "Cache-Control: no-cache, no-transform", and let caches bypass the stream.';
  if (age !== undefined) {
    const says = `The response comes from a cache (Age: ${quoted(age)}).`;
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (cacheControl === undefined) {
    return {
      check,
      verdict: 'warning',
      says: 'There is no Cache-Control, so a cache may store the stream.',
      cure,
      facts,
    };
  }
  if (/\b(?:no-store|no-cache)\b/i.test(cacheControl)) return { check, verdict: 'ok', says: cacheControl, facts };
  return { check, verdict: 'warning', says: `A cache may store the stream: ${quoted(cacheControl)}.`, cure, facts };
}
