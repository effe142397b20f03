// The checks of the installed package for both module systems: load it, read one whole stream, and print its exports and the
// globals that it touches.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { finalize, lastValueFrom, tap, toArray } = require('rxjs');

module.exports = async (load, loadTesting) => {
  const touchedGlobals = watchGlobals();
  const rxSse = await load();
  const testing = await loadTesting();
  const touched = touchedGlobals();
  await readStream(rxSse);
  // A platform without fetch has no Headers either, which the test kit needs for its responses.
  if (typeof Headers === 'function') readFake(rxSse, testing);
  const crossFetch = Object.keys(require.cache).some(path => path.includes('cross-fetch'));
  console.log(
    JSON.stringify({ names: [rxSse, testing].map(module => Object.keys(module).sort()), touched, crossFetch }),
  );
};

/** Records which of these globals are touched, until the returned function is called. */
function watchGlobals() {
  const touched = [];
  const originals = ['window', 'document', 'navigator', 'localStorage', 'addEventListener', 'fetch'].map(name => {
    const original = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        touched.push(name);
        return original?.get ? original.get.call(globalThis) : original?.value;
      },
    });
    return [name, original];
  });
  return () => {
    for (const [name, original] of originals) {
      if (original) Object.defineProperty(globalThis, name, original);
      else delete globalThis[name];
    }
    return touched;
  };
}

/** Reads two events, a cut connection, a third event requested with the id of the second, and a 204 that ends the stream. */
async function readStream({ fromEventSource }) {
  const asked = [];
  let cut;
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] ?? '');
    if (asked.length === 3) return response.writeHead(204).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 2) return response.end('id: 3\ndata: c\n\n');
    cut = () => request.socket.destroy();
    response.write('id: 1\ndata: a\n\nid: 2\nevent: chat\ndata: b\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const events = await lastValueFrom(
    fromEventSource(`http://127.0.0.1:${server.address().port}/`, { reconnect: { delay: 1 } }).pipe(
      tap(event => event.data === 'b' && cut()),
      toArray(),
      finalize(() => {
        server.close();
        server.closeAllConnections();
      }),
    ),
  );
  assert.deepEqual(events, [
    { type: 'message', data: 'a', lastEventId: '1' },
    { type: 'chat', data: 'b', lastEventId: '2' },
    { type: 'message', data: 'c', lastEventId: '3' },
  ]);
  assert.deepEqual(asked, ['', '2', '3']);
}

/** Reads an event of the test kit within the call that sends it. */
function readFake({ fromEventSource }, { fakeEventSource }) {
  const server = fakeEventSource();
  const texts = [];
  const subscription = fromEventSource('/chat', { fetch: server.fetch }).subscribe(({ data }) => texts.push(data));
  server.expectConnection('/chat').open().send('a');
  assert.deepEqual(texts, ['a']);
  assert.throws(() => server.verify(), /GET \/chat \(open, 1 sent\), opened\n    at .*report\.cjs/);
  subscription.unsubscribe();
  server.verify();
}
