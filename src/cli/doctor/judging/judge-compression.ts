import type { AnswerFacts, StreamFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { quoted } from './words.js';

export const COMPRESSION_CURE =
  'Send "Cache-Control: no-transform", or leave text/event-stream out (nginx: gzip_types). ' +
  'Or flush behind each event (Express: response.flush()).';

/** Whether the stream is compressed. @param isBuffered whether it comes in lumps */
export function judgeCompression({ headers }: AnswerFacts, stream: StreamFacts, isBuffered: boolean): Finding {
  const check = 'compression';
  const encoding = headers['content-encoding'];
  const facts = { contentEncoding: encoding ?? null, wireBytes: stream.wireBytes };
  if (encoding === undefined || encoding === 'identity') return { check, verdict: 'ok', says: 'None.', facts };
  // The few bytes that a format begins with are written with the first data, however little of that comes out.
  const holdsAll = stream.wireBytes > 0 && stream.chunks.length === 0 && stream.inflateFailure === undefined;
  if (isBuffered || holdsAll) {
    const says = `It is compressed (${quoted(encoding)}), and the compressor holds events back.`;
    return { check, verdict: 'problem', says, cure: COMPRESSION_CURE, facts };
  }
  const says = `It is compressed (${quoted(encoding)}). That works only as long as each event is flushed.`;
  return { check, verdict: 'warning', says, cure: COMPRESSION_CURE, facts };
}
