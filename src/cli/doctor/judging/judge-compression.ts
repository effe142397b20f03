import type { AnswerFacts, StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { quoted } from './words.js';

export const COMPRESSION_CURE =
  'Send "Cache-Control: no-transform", or don’t compress text/event-stream (nginx: gzip_types). ' +
  'Or flush after each event (Express: response.flush()).';

/** Checks whether the stream is compressed. @param isBuffered whether it arrives in lumps */
export function judgeCompression({ headers }: AnswerFacts, stream: StreamFacts, isBuffered: boolean): Finding {
  const check = 'compression';
  const encoding = headers['content-encoding'];
  const facts = { contentEncoding: encoding ?? null, wireBytes: stream.wireBytes };
  if (encoding === undefined || encoding === 'identity') return { check, verdict: 'ok', says: 'None.', facts };
  // The first few bytes of the format are written with the first data, even if the data is held back.
  const holdsAll = stream.wireBytes > 0 && stream.chunks.length === 0 && stream.inflateFailure === undefined;
  if (isBuffered || holdsAll) {
    const says = `The stream is compressed (${quoted(encoding)}), and the compressor holds events back.`;
    return { check, verdict: 'problem', says, cure: COMPRESSION_CURE, facts };
  }
  const says = `The stream is compressed (${quoted(encoding)}). This only works if each event is flushed.`;
  return { check, verdict: 'warning', says, cure: COMPRESSION_CURE, facts };
}
