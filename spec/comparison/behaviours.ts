import { setImmediate } from 'node:timers/promises';
import { SseServer } from '../support/sse-server.js';
import type { ClientOptions, CreateClient } from './clients.js';
import { Run } from './run.js';

/** Returns whether the client behaves like this; `undefined` if the question doesn’t apply. */
type Measure = (create: CreateClient) => Promise<boolean | undefined>;

const TEXT = { 'content-type': 'text/plain' };

/**
 * The questions of the comparison. An event shows each answer, both yes and no. If nothing must happen, a later event
 * shows that.
 */
export const BEHAVIOURS: Record<string, Measure> = {
  // Resuming.

  'Sends the last id when it reconnects': resumes('id: 7\n', '7'),
  'Reconnects after the id `ü€`, and sends it as UTF-8': resumes('id: ü€\n', 'ü€'),
  'Ignores an id that contains NUL, and reconnects': resumes('id: a\0b\n', undefined),
  'Clears the position after an empty id': resumes('id: 7\ndata: a\n\nid:\n', undefined),
  'Uses the id of a block without data': resumes('id: 7\ndata: a\n\nid: 8\n\n', '8'),
  'Resumes if it’s stopped and started again': running(async run => {
    const exchange = await run.exchange(0);
    exchange.open().send('id: 7\ndata: a\n\n');
    await run.event('a');
    run.stop();
    await exchange.gone();
    run.start();
    return (await run.exchange(1)).lastEventId === '7';
  }),

  // Reconnecting.

  'Reconnects after a clean end': running(async run => {
    const exchange = await run.exchange(0);
    exchange.open().send('retry: 20\ndata: a\n\n');
    await run.event('a');
    exchange.end();
    return verdict([run.exchange(1)], [run.ended()]);
  }),
  'Reconnects after a 503': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(503, TEXT);
    return verdict([run.exchange(2)], [run.ended()]);
  }),
  'Ends after a 404': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(404, TEXT);
    return verdict([run.ended()], [run.exchange(2)]);
  }),
  'Ends after a 204': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(204);
    return verdict([run.ended()], [run.exchange(2)]);
  }),
  'Takes its wait from `retry: 20000`, and ignores `retry: 20000abc`': async create => {
    const takesDigits = running(async run => {
      await run.cut(0, 'retry: 20000\n');
      return verdict([run.meanwhile()], [run.exchange(1)]);
    });
    const ignoresOthers = running(async run => {
      await run.cut(0, 'retry: 20000abc\n');
      return verdict([run.exchange(1)], [run.meanwhile()]);
    });
    return (await takesDigits(create)) && ignoresOthers(create);
  },
  'Obeys `Retry-After`': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(503, { ...TEXT, 'retry-after': '600' });
    return verdict([run.meanwhile()], [run.exchange(2), run.ended()]);
  }),
  'Sends fewer than 5 requests to a server that always closes the stream, while another answers 200 requests': running(
    async run => {
      await run.exchange(0);
      const other = await SseServer.start(exchange => exchange.refuse(204));
      const answered = (async () => {
        for (let request = 0; request < 200; request++) await fetch(other.url);
      })();
      for (let request = 0; request < 5; request++) {
        const asked = await verdict([run.exchange(request)], [answered]);
        if (!asked) return true;
        (await run.exchange(request)).open().end();
      }
      await answered;
      return false;
    },
  ),

  // Requests and responses.

  'Can POST a body': running(
    async run => {
      const exchange = await run.exchange(0);
      return exchange.request.method === 'POST' && (await exchange.body()) === 'question';
    },
    { method: 'POST', body: 'question' },
  ),
  'Doesn’t POST again after the response ends': running(
    async run => {
      const exchange = await run.exchange(0);
      if (exchange.request.method !== 'POST') return undefined;
      exchange.open().send('retry: 20\ndata: a\n\n');
      await run.event('a');
      exchange.end();
      return verdict([run.ended()], [run.exchange(1)]);
    },
    { method: 'POST', body: 'question' },
  ),
  'Sends a POST again by default if its connection is lost': running(
    async run => {
      if ((await run.exchange(0)).request.method !== 'POST') return undefined;
      await run.cut(0);
      return verdict([run.exchange(1)], [run.ended()]);
    },
    { method: 'POST', body: 'question' },
  ),
  'Calls an asynchronous `headers` function for each attempt': create => {
    let attempts = 0;
    const headers = () => Promise.resolve({ 'x-attempt': String(++attempts) });
    const asks = running(
      async run => {
        await run.cut(0);
        return (await run.exchange(1)).request.headers['x-attempt'] === '2';
      },
      { headers },
    );
    return asks(create);
  },
  'Lets the application read the text of an error response': running(
    async run => {
      await run.cut(0);
      (await run.exchange(1)).refuse(503, TEXT, 'busy, try later');
      return verdict([run.refusal('busy, try later')], [run.exchange(2), run.ended()]);
    },
    { readRefusals: true },
  ),
  'Doesn’t turn the page of a 500 into events': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(500, TEXT, 'data: trap\n\n');
    return verdict([run.exchange(2), run.ended()], [run.event('trap')]);
  }),

  // Parsing.

  'Joins all lines of data, including an empty first one and one without a colon': reads(
    'data:\ndata: a\ndata\n\n',
    '\na\n',
  ),
  'Removes only one space from the start of a value': reads('data:  a \n\n', ' a '),
  'Keeps a byte order mark at the start of a value': reads('data: \uFEFFa\n\n', '\uFEFFa'),
  'Emits no event for a block without data': reads('event: a\n\ndata: b\n\n', 'b'),
  'Treats a CRLF that is split across chunks as one line end': running(async run => {
    const exchange = await run.exchange(0);
    exchange.open().send('data: a\n\ndata: b\r\n\r');
    await run.event('a');
    exchange.send('\ndata: c\r\n\r\n');
    await run.event('c');
    return run.events.join() === 'a,b,c';
  }),
  'Delivers an event immediately if two CRs end it': running(async run => {
    (await run.exchange(0)).open().send('data: a\r\r');
    return verdict([run.event('a')], [run.meanwhile()]);
  }),

  // Stopping.

  'Delivers no other event if it’s stopped by the first event of a chunk': create =>
    Run.with(
      create,
      async run => {
        const exchange = await run.exchange(0);
        exchange.open().send('data: 1\n\ndata: 2\n\ndata: 3\n\n');
        await exchange.gone();
        return run.events.length === 1;
      },
      { onEvent: run => run.stop() },
    ),
  'Sends no other request if it’s stopped while it waits': running(async run => {
    await run.cut(0);
    const exchange = await run.exchange(1);
    const failed = run.failed();
    exchange.cut();
    await failed;
    // By now, it has set its timer, which can’t have fired yet.
    await setImmediate();
    run.stop();
    return verdict([run.meanwhile()], [run.exchange(2)]);
  }),
  'Cancels an error response that doesn’t end': running(async run => {
    await run.cut(0);
    const exchange = await run.exchange(1);
    exchange.response.writeHead(503, TEXT).write('x'.repeat(128 * 1024));
    // Some clients cancel it when they try again.
    const goesOn = Promise.race([run.exchange(2), run.ended(), run.meanwhile()]);
    return verdict([exchange.gone()], [goesOn.then(() => run.meanwhile())]);
  }),
};

/** Returns whether an event that shows a yes comes before all events that show a no. */
function verdict(yes: Promise<unknown>[], no: Promise<unknown>[]): Promise<boolean> {
  return Promise.race([...yes.map(event => event.then(() => true)), ...no.map(event => event.then(() => false))]);
}

function running(act: (run: Run) => Promise<boolean | undefined>, options: ClientOptions = {}): Measure {
  return create => Run.with(create, act, { options });
}

/** Measures whether the first reconnect after a stream of this text sends this id. */
function resumes(text: string, id: string | undefined): Measure {
  return running(async run => {
    await run.cut(0, text);
    // The first failure is the cut. A second one without a request in between means that the request failed.
    const stuck = run.failed().then(() => run.failed());
    return (await verdict([run.exchange(1)], [stuck, run.ended()])) && (await run.exchange(1)).lastEventId === id;
  });
}

/** Measures whether a stream of this text emits exactly one event, with this data. */
function reads(text: string, data: string): Measure {
  return running(async run => {
    (await run.exchange(0)).open().send(`${text}data: end\n\n`);
    await run.event('end');
    return run.events.length === 2 && run.events[0] === data;
  });
}
