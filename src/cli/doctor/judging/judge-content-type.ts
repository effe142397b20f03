import { mediaType } from '../is-event-stream.js';
import type { Finding } from '../finding.js';
import { quoted } from './words.js';

/** Checks whether the response is an event stream. */
export function judgeContentType(contentType: string | undefined): Finding {
  const check = 'content-type';
  const facts = { contentType: contentType ?? null };
  const cure = 'Send "Content-Type: text/event-stream".';
  const type = mediaType(contentType);
  if (type !== 'text/event-stream') {
    const says =
      contentType === undefined ? 'There is no Content-Type.' : `The Content-Type is ${quoted(contentType)}.`;
    const page = type === 'text/html' ? ' This is usually a page that says "not found" or "sign in".' : '';
    return { check, verdict: 'problem', says: `${says}${page} Clients reject it.`, cure, facts };
  }
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  if (/^utf-?8$/i.test(charset)) return { check, verdict: 'ok', says: 'text/event-stream.', facts };
  return {
    check,
    verdict: 'warning',
    says: `The charset is ${quoted(charset)}. Clients always read UTF-8.`,
    cure: `Write UTF-8. ${cure}`,
    facts,
  };
}
