// Runs the behaviours with React Native's globals, and a `fetch` in the shape of `expo/fetch`: `react-native.mjs <origin> <seed>`.
// Prints the results. The sockets are those of Node.
const { fetch, AbortController, ReadableStream, TextDecoder } = globalThis;

/** Doesn't support `stream` and `ignoreBOM`, like the polyfills that are used because Hermes has no TextDecoder. */
globalThis.TextDecoder = class {
  decode(bytes, { stream = false } = {}) {
    if (stream) throw new Error("Failed to decode: the 'stream' option is unsupported.");
    return new TextDecoder().decode(bytes);
  }
};

/** Its aborts have no reason. */
globalThis.AbortController = class {
  #signal = Object.assign(new EventTarget(), { aborted: false });

  get signal() {
    return this.#signal;
  }

  abort() {
    if (this.#signal.aborted) return;
    this.#signal.aborted = true;
    this.#signal.dispatchEvent(new Event('abort'));
  }
};

for (const name of ['MessageChannel', 'Request', 'TextDecoderStream', 'TransformStream']) {
  delete globalThis[name];
}

function bridged(body) {
  const reader = body?.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done = true, value } = (await reader?.read()) ?? {};
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(new Error(String(error)));
      }
    },
    cancel: () => reader?.cancel(),
  });
}

/** The response from the other side of the bridge, whose errors are text. */
class ExpoResponse {
  #response;
  #body;

  constructor(response) {
    this.#response = response;
    const { status, statusText, url, redirected, headers } = response;
    Object.assign(this, {
      type: 'default',
      status,
      statusText,
      url,
      redirected,
      ok: status >= 200 && status < 300,
      headers,
    });
  }

  get body() {
    this.#body ??= bridged(this.#response.body);
    return this.#body;
  }

  text() {
    return this.#response.text();
  }

  async json() {
    return JSON.parse(await this.text());
  }

  clone() {
    throw new Error('Not implemented');
  }
}

/** Takes the URL as a string, and supports only these options. */
async function expoFetch(url, { method = 'GET', headers, body, signal } = {}) {
  if (typeof url !== 'string') throw new TypeError('Expected the URL as a string');
  if (signal?.aborted) throw new Error('The operation was aborted.');
  const native = new AbortController();
  signal?.addEventListener('abort', () => native.abort());
  try {
    return new ExpoResponse(await fetch(url, { method, headers, body, signal: native.signal }));
  } catch (error) {
    throw new Error(`fetch failed: ${error.message}`);
  }
}

const [origin, seed] = process.argv.slice(2);
const complaints = [];
process.on('unhandledRejection', error => complaints.push(`unhandled: ${String(error)}`));
const { runBehaviours } = await import('./react-native-behaviours.mjs');
const results = await runBehaviours({ origin, seed: Number(seed), fetch: expoFetch });
console.log(JSON.stringify({ results, complaints }));
