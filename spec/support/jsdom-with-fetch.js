import { TestEnvironment } from 'jest-environment-jsdom';

export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    const { fetch, Headers, Request, Response, ReadableStream, TextDecoder, TextEncoder } = globalThis;
    const { AbortController, AbortSignal } = globalThis;
    Object.assign(this.global, { fetch, Headers, Request, Response, ReadableStream, TextDecoder, TextEncoder });
    Object.assign(this.global, { AbortController, AbortSignal });
  }
}
