import type { ResponseLike } from '../index.js';
import type { FakeBody } from './fake-body.js';
import { SynchronousPromise } from './synchronous-promise.js';

/** The response of a fake server, with everything that `validate` may read of a `Response`. */
export class FakeResponse implements ResponseLike {
  readonly ok: boolean;
  /** Empty, as in HTTP/2. */
  readonly statusText = '';
  private used = false;

  constructor(
    readonly status: number,
    readonly url: string,
    readonly headers: Headers,
    readonly body: FakeBody | null,
  ) {
    this.ok = status >= 200 && status < 300;
  }

  get bodyUsed(): boolean {
    return this.used;
  }

  text(): SynchronousPromise<string> {
    const text = new SynchronousPromise<string>();
    const { body } = this;
    if (this.used || body?.locked) {
      text.reject(new TypeError('The body was already read'));
      return text;
    }
    if (!body) {
      text.resolve('');
      return text;
    }
    this.used = true;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let read = '';
    const readOn = () => {
      void reader.read().then(({ done, value }) => {
        read += decoder.decode(value, { stream: !done });
        if (done) text.resolve(read);
        else readOn();
      }, text.reject);
    };
    readOn();
    return text;
  }

  json(): SynchronousPromise<unknown> {
    return this.text().then(text => JSON.parse(text) as unknown);
  }
}
