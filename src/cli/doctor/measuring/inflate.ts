import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';

/** A stream that decompresses, and emits data as soon as possible. */
export type Inflater = Gunzip | Inflate | InflateRaw | BrotliDecompress;

/**
 * Creates the stream that decompresses a body with this `content-encoding`. Returns `undefined` if the body isn't
 * compressed, and throws if the encoding is unknown.
 *
 * @param firstByte the first byte of the body. Some servers send zlib as `deflate`, some leave its header out; browsers
 * accept both.
 */
export function createInflater(encoding: string, firstByte: number): Inflater | undefined {
  // A body that breaks off isn't an error of the compression.
  const finishFlush = constants.Z_SYNC_FLUSH;
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ finishFlush });
    case 'deflate':
      return (firstByte & 0x0f) === 8 ? createInflate({ finishFlush }) : createInflateRaw({ finishFlush });
    case 'br':
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      throw new Error(`The content-encoding ${encoding} is unknown.`);
  }
}
