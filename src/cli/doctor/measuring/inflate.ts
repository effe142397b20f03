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

/** A stream that decompresses, and gives what it has as soon as it can. */
export type Inflater = Gunzip | Inflate | InflateRaw | BrotliDecompress;

/**
 * Makes what decompresses a body of that `content-encoding`: `undefined` for one that isn't compressed, an error for one that is unknown.
 *
 * @param firstByte the first byte of the body. Some servers mean zlib by `deflate`, some leave its header out; browsers take both.
 */
export function createInflater(encoding: string, firstByte: number): Inflater | undefined {
  // A body that breaks off is no error of the compression.
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
