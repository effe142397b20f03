import type { HeaderFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { quoted } from './words.js';

/** Whether a cache may answer in place of the server. */
export function judgeCaching(headers: HeaderFacts): Finding {
  const check = 'caching';
  const { 'cache-control': cacheControl, age } = headers;
  const facts = { cacheControl: cacheControl ?? null, ...(age !== undefined && { age }) };
  const cure = 'Send "Cache-Control: no-cache, no-transform", and have caches on the way pass the stream by.';
  if (age !== undefined) {
    const says = `It comes from a cache, which has had it for ${quoted(age)} seconds (Age).`;
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (cacheControl === undefined) {
    return { check, verdict: 'warning', says: 'There is no Cache-Control: a cache may keep it.', cure, facts };
  }
  if (/\b(?:no-store|no-cache)\b/i.test(cacheControl)) return { check, verdict: 'ok', says: cacheControl, facts };
  return { check, verdict: 'warning', says: `A cache may keep it: ${quoted(cacheControl)}.`, cure, facts };
}
