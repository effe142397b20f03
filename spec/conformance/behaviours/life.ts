import { BehaviorSubject, Subject, take } from 'rxjs';
import { fromEventSource, iterateEventSource, online } from 'rx-sse';
import { about, behaviour, equal, event, kinds } from '../behaviour.js';
import { ofKind } from '../../support/observed.js';

export const life = [
  behaviour('requests an event stream, without a position', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }] });
    equal(await stage.events(script).completed(), [event('a')]);
    const [request] = (await script.seen(1)).requests;
    equal([request?.method, request?.headers['accept'], request?.lastEventId], ['GET', 'text/event-stream', undefined]);
  }),
  behaviour(
    'emits `open` before the first byte of the body',
    async stage => {
      const script = await stage.script({ steps: ['hold', { send: 'data: a\n\n' }] });
      const steps = stage.lifecycle(script);
      await steps.find(ofKind('open'));
      await script.go();
      await steps.completed();
    },
    'headers',
  ),
  behaviour('emits each event when it arrives, not when the response ends', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }, 'hold', { send: 'data: b\n\n' }, 'stay'] });
    const events = stage.events(script);
    equal(await events.first(1), [event('a')]);
    await script.go();
    equal(await events.first(2), [event('a'), event('b')]);
  }),
  behaviour('completes at a 204', async stage => {
    const script = await stage.script();
    equal(kinds(await stage.lifecycle(script).completed()), 'connecting closed');
  }),
  behaviour('reconnects when a response ends, and resumes after the last id', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }] },
      { steps: [{ send: 'data: b\n\n' }] },
    );
    const steps = await stage.lifecycle(script).completed();
    equal(kinds(steps), 'connecting open event waiting connecting open event waiting connecting closed');
    equal(
      (await script.seen(3)).requests.map(request => request.lastEventId),
      [undefined, '1', '1'],
    );
  }),
  ...(['cut', 'reset'] as const).map(end =>
    behaviour(`reconnects after a ${end} in the middle of an event, which is dropped`, async stage => {
      const script = await stage.script(
        { steps: [{ send: 'id: 1\ndata: a\n\nid: 2\ndata: half' }, 'hold', end] },
        { steps: [{ send: 'id: 2\ndata: b\n\n' }] },
      );
      const steps = stage.lifecycle(script);
      await steps.find(ofKind('event'));
      await script.go();
      const events = (await steps.completed()).filter(ofKind('event')).map(step => step.event);
      equal(events, [event('a', '1'), event('b', '2')]);
      equal(
        (await script.seen(3)).requests.map(request => request.lastEventId),
        [undefined, '1', '2'],
      );
    }),
  ),
  behaviour(
    'distinguishes a cut from a clean end, which may be final',
    async stage => {
      const script = await stage.script(
        { steps: [{ send: 'id: 1\ndata: a\n\n' }, 'hold', 'cut'] },
        { steps: [{ send: 'data: b\n\n' }] },
      );
      const steps = stage.lifecycle(script, { reconnect: { delay: 1, jitter: 0, onEnd: false } });
      await steps.find(ofKind('event'));
      await script.go();
      equal(kinds(await steps.completed()), 'connecting open event waiting connecting open event closed');
      equal((await script.seen(2)).requests[1]?.lastEventId, '1');
    },
    'truncation',
  ),
  behaviour('reports why it waits, and for how long', async stage => {
    const script = await stage.script({ status: 503, steps: [{ send: 'busy' }] });
    const steps = await stage.lifecycle(script).completed();
    const [waiting] = steps.filter(ofKind('waiting')).filter(step => step.delay !== undefined);
    equal([about(waiting?.error), waiting?.delay], [{ name: 'ResponseStatusError', status: 503, retryable: true }, 1]);
  }),
  behaviour('uses the time of `retry:`', async stage => {
    const script = await stage.script({ steps: [{ send: 'retry: 250\ndata: a\n\n' }] });
    const steps = await stage.lifecycle(script).completed();
    const [waiting] = steps.filter(ofKind('waiting')).filter(step => step.delay !== undefined);
    equal([steps.some(step => step.kind === 'retry-time'), (waiting?.delay ?? 0) >= 250], [true, true]);
  }),
  behaviour('waits for at least Retry-After', async stage => {
    const script = await stage.script({ status: 429, headers: { 'retry-after': '1' } });
    const steps = await stage.lifecycle(script).completed();
    const [waiting] = steps.filter(ofKind('waiting')).filter(step => step.delay !== undefined);
    equal((waiting?.delay ?? 0) >= 1000, true);
  }),
  behaviour('fails for good at a 404, with its body', async stage => {
    const script = await stage.script({
      status: 404,
      headers: { 'content-type': 'text/plain' },
      steps: [{ send: 'no such stream' }],
    });
    const error = await stage.events(script).failed();
    equal(
      [about(error), (error as { body?: string }).body],
      [{ name: 'ResponseStatusError', status: 404, retryable: false }, 'no such stream'],
    );
  }),
  behaviour('fails for good at a response of another type', async stage => {
    const script = await stage.script({ headers: { 'content-type': 'text/html' }, steps: [{ send: 'data: a\n\n' }] });
    equal(about(await stage.events(script).failed()), { name: 'ContentTypeError', retryable: false });
  }),
  behaviour('follows a redirect', async stage => {
    const target = await stage.script({ steps: [{ send: 'data: there\n\n' }] });
    const away = await stage.script({ status: 307, headers: { location: target.url } });
    equal((await stage.events(away, { reconnect: false }).first(1))[0]?.data, 'there');
  }),
  behaviour('posts a body once, and completes at the end', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }] });
    const options = {
      method: 'POST',
      body: '{"q":1}',
      headers: { 'content-type': 'application/json' },
      reconnect: undefined,
    };
    equal(await stage.events(script, options).completed(), [event('a')]);
    const [request] = (await script.seen(1)).requests;
    equal([request?.method, request?.body, request?.headers['content-type']], ['POST', '{"q":1}', 'application/json']);
  }),
  behaviour('continues with another request, as `resume` specifies', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 7\ndata: a\n\n' }, 'hold', 'cut'] },
      { steps: [{ send: 'event: done\ndata: b\n\n' }] },
    );
    const events = stage.events(script, {
      method: 'POST',
      body: 'start',
      resume: ({ lastEventId }) => ({ url: `${script.url}?after=${lastEventId}`, init: {} }),
      isLast: ({ type }) => type === 'done',
    });
    // A browser may drop data that arrives right before a cut.
    await events.first(1);
    await script.go();
    equal(
      (await events.completed()).map(({ data }) => data),
      ['a', 'b'],
    );
    equal(
      (await script.seen(2)).requests.map(({ method, path }) => method + path),
      ['POST', 'GET?after=7'],
    );
  }),
  behaviour('completes with the last event, and closes the connection', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\ndata: [DONE]\n\ndata: more\n\n' }, 'stay'] });
    equal(
      (await stage.events(script, { isLast: ({ data }) => data === '[DONE]' }).completed()).map(({ data }) => data),
      ['a', '[DONE]'],
    );
    await script.gone();
  }),
  behaviour('reports a response that ends without its last event', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }] });
    const error = await stage.events(script, { isLast: ({ data }) => data === '[DONE]', reconnect: false }).failed();
    equal(about(error), { name: 'StreamTruncatedError', retryable: true });
  }),
  behaviour('reconnects after a cut before the last event, if the last event is known', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }, 'hold', 'cut'] },
      { steps: [{ send: 'data: [DONE]\n\n' }] },
    );
    const events = stage.events(script, {
      reconnect: { delay: 1, jitter: 0, onEnd: false },
      isLast: ({ data }) => data === '[DONE]',
    });
    await events.first(1);
    await script.go();
    equal(
      (await events.completed()).map(({ data }) => data),
      ['a', '[DONE]'],
    );
    equal((await script.seen(2)).requests[1]?.lastEventId, '1');
  }),
  behaviour('detects a gap by the header of the response', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }] },
      { headers: { 'last-event-id': '5' }, steps: [{ send: 'id: 6\ndata: b\n\n' }] },
    );
    const [gap] = (await stage.lifecycle(script).completed()).filter(ofKind('gap'));
    equal(gap, { kind: 'gap', requested: '1', resumed: '5' });
  }),
  behaviour('pauses, and continues from the position', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }, 'stay'] },
      { steps: [{ send: 'data: b\n\n' }, 'stay'] },
    );
    const holds = new BehaviorSubject(true);
    const steps = stage.lifecycle(script, { connectWhile: holds });
    await steps.find(ofKind('event'));
    holds.next(false);
    await steps.find(ofKind('paused'));
    await script.gone();
    holds.next(true);
    await steps.find(step => step.kind === 'event' && step.event.data === 'b');
    equal((await script.seen(2)).requests[1]?.lastEventId, '1');
  }),
  behaviour('renews the connection, from the position', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }, 'stay'] },
      { steps: [{ send: 'data: b\n\n' }, 'stay'] },
    );
    const renew = new Subject<void>();
    const events = stage.events(script, { renew });
    await events.first(1);
    renew.next();
    equal(
      (await events.first(2)).map(({ data }) => data),
      ['a', 'b'],
    );
    equal((await script.seen(2, 1)).requests[1]?.lastEventId, '1');
  }),
  behaviour('reconnects after silence', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'id: 1\ndata: a\n\n' }, 'stay'] },
      { steps: [{ send: 'data: b\n\n' }, 'stay'] },
    );
    const events = stage.events(script, { idleTimeout: 400 });
    equal(
      (await events.first(2)).map(({ data }) => data),
      ['a', 'b'],
    );
    equal((await script.seen(2)).requests[1]?.lastEventId, '1');
  }),
  behaviour('abandons an attempt that takes too long', async stage => {
    const script = await stage.script({ silent: true });
    equal(about(await stage.events(script, { connectTimeout: 300, reconnect: false }).failed()), {
      name: 'EventSourceTimeoutError',
      retryable: true,
    });
    await script.gone();
  }),
  behaviour('connects unless the network is known to be offline', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\n' }, 'stay'] });
    equal(await stage.events(script, { connectWhile: online() }).first(1), [event('a')]);
  }),
  behaviour('a GET with a body fails for good, and requests nothing', async stage => {
    const script = await stage.script();
    const error = await stage.events(script, { body: 'x' }).failed();
    equal(about(error), { name: 'EventSourceError', retryable: false });
    equal((await script.seen(0)).requests.length, 0);
  }),
  behaviour(
    'requests a fresh response from caches',
    async stage => {
      const script = await stage.script();
      await stage.events(script).completed();
      equal((await script.seen(1)).requests[0]?.headers['cache-control'], 'no-cache');
    },
    'cache-mode',
  ),
  behaviour('reports that it can’t connect', async stage => {
    const error = await stage.events({ url: 'http://127.0.0.1:1/' }, { reconnect: false }).failed();
    equal(about(error), { name: 'ConnectionError', retryable: true });
  }),
  behaviour('can be read by `for await`, and is closed by `break`', async stage => {
    const script = await stage.script({ steps: [{ send: 'data: a\n\ndata: b\n\n' }, 'stay'] });
    for await (const { data } of iterateEventSource(script.url, stage.options())) {
      equal(data, 'a');
      break;
    }
    await script.gone();
  }),
  behaviour('opens one connection for each subscription', async stage => {
    const script = await stage.script(
      { steps: [{ send: 'data: a\n\n' }, 'stay'] },
      { steps: [{ send: 'data: b\n\n' }, 'stay'] },
    );
    const source = fromEventSource(script.url, stage.options()).pipe(take(1));
    equal(await stage.observe(source).completed(), [event('a')]);
    equal(await stage.observe(source).completed(), [event('b')]);
    await script.gone(2);
  }),
];
