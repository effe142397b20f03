import type { FetchLike } from '../../src/index.js';

/**
 * The platform's fetch with Promises of the test's realm. zone.js doesn't know the Promises of another realm: they stay
 * outside the zone in any case.
 */
export function zoneAwareFetch(onChunk: () => void): FetchLike {
  return async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    const { status, headers, body } = response;
    const getReader = () => {
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      return {
        read: () =>
          Promise.resolve(reader.read()).then(read => {
            if (!read.done) onChunk();
            return read;
          }),
        cancel: () => reader.cancel(),
        releaseLock: () => reader.releaseLock(),
      };
    };
    const isLocked = () => body?.locked;
    return {
      status,
      headers,
      url: response.url,
      body: {
        getReader,
        get locked() {
          return isLocked();
        },
      },
    };
  };
}
