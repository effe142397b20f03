import { setImmediate } from 'node:timers/promises';
import { SseServer } from '../support/sse-server.js';
import type { ClientOptions, CreateClient } from './clients.js';
import { Run } from './run.js';

/** Answers whether the client behaves so; `undefined` where the question does not arise. */
type Measure = (create: CreateClient) => Promise<boolean | undefined>;

const TEXT = { 'content-type': 'text/plain' };

/** What is compared. Each is shown by an event, the yes as well as the no; where nothing is to happen, by one that comes after it. */
export const BEHAVIOURS: Record<string, Measure> = {
  // Where it resumes.

  'Sends the last id when it reconnects': resumes('id: 7\n', '7'),
  'Reconnects after the id `ü€`, and sends it as UTF-8': resumes('id: ü€\n', 'ü€'),
  'Ignores an id that holds NUL, and reconnects': resumes('id: a\0b\n', undefined),
  'An empty id clears the position': resumes('id: 7\ndata: a\n\nid:\n', undefined),
  'The id of a block without data counts': resumes('id: 7\ndata: a\n\nid: 8\n\n', '8'),
  'Stopped and started again, it resumes': running(async run => {
    const exchange = await run.exchange(0);
    exchange.open().send('id: 7\ndata: a\n\n');
    await run.event('a');
    run.stop();
    await exchange.gone();
    run.start();
    return (await run.exchange(1)).lastEventId === '7';
  }),

  // When it reconnects.

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
  'A 404 ends it': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(404, TEXT);
    return verdict([run.ended()], [run.exchange(2)]);
  }),
  'A 204 ends it': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(204);
    return verdict([run.ended()], [run.exchange(2)]);
  }),
  'Takes its wait from `retry: 20000`, and not from `retry: 20000abc`': async create => {
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
  'Asks a server that always hangs up fewer than 5 times while another answers 200 requests': running(async run => {
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
  }),

  // What it asks, and what it makes of the answer.

  'Can POST a body': running(
    async run => {
      const exchange = await run.exchange(0);
      return exchange.request.method === 'POST' && (await exchange.body()) === 'question';
    },
    { method: 'POST', body: 'question' },
  ),
  'Does not POST again when the answer has ended': running(
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
  'Sends a POST again when its connection is lost, without being told to': running(
    async run => {
      if ((await run.exchange(0)).request.method !== 'POST') return undefined;
      await run.cut(0);
      return verdict([run.exchange(1)], [run.ended()]);
    },
    { method: 'POST', body: 'question' },
  ),
  'Asks an asynchronous `headers` function again for each attempt': create => {
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
  'Lets the application read the text of a refused answer': running(
    async run => {
      await run.cut(0);
      (await run.exchange(1)).refuse(503, TEXT, 'busy, try later');
      return verdict([run.refusal('busy, try later')], [run.exchange(2), run.ended()]);
    },
    { readRefusals: true },
  ),
  'Takes nothing in the page of a 500 for an event': running(async run => {
    await run.cut(0);
    (await run.exchange(1)).refuse(500, TEXT, 'data: trap\n\n');
    return verdict([run.exchange(2), run.ended()], [run.event('trap')]);
  }),

  // How it reads.

  'Joins all lines of data, an empty first one and one without a colon too': reads('data:\ndata: a\ndata\n\n', '\na\n'),
  'Keeps all spaces of a value but the first': reads('data:  a \n\n', ' a '),
  'Keeps a byte order mark at the start of a value': reads('data: \uFEFFa\n\n', '\uFEFFa'),
  'Makes no event of a block without data': reads('event: a\n\ndata: b\n\n', 'b'),
  'Makes one event of CRLFs that chunks split': running(async run => {
    const exchange = await run.exchange(0);
    exchange.open().send('data: a\n\ndata: b\r\n\r');
    await run.event('a');
    exchange.send('\ndata: c\r\n\r\n');
    await run.event('c');
    return run.events.join() === 'a,b,c';
  }),
  'Delivers at once what two CRs end': running(async run => {
    (await run.exchange(0)).open().send('data: a\r\r');
    return verdict([run.event('a')], [run.meanwhile()]);
  }),

  // What it lets go of.

  'Stopped by the first event of a chunk, it delivers no other': create =>
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
  'Stopped while it waits, it sends no other request': running(async run => {
    await run.cut(0);
    const exchange = await run.exchange(1);
    const failed = run.failed();
    exchange.cut();
    await failed;
    // It has set its timer by then, which cannot have fired.
    await setImmediate();
    run.stop();
    return verdict([run.meanwhile()], [run.exchange(2)]);
  }),
  'Lets go of a refused answer that does not end': running(async run => {
    await run.cut(0);
    const exchange = await run.exchange(1);
    exchange.response.writeHead(503, TEXT).write('x'.repeat(128 * 1024));
    // Some do it as they try again.
    const goesOn = Promise.race([run.exchange(2), run.ended(), run.meanwhile()]);
    return verdict([exchange.gone()], [goesOn.then(() => run.meanwhile())]);
  }),
};

/** Which comes first: one of the events that show a yes, or one of those that show a no. */
function verdict(yes: Promise<unknown>[], no: Promise<unknown>[]): Promise<boolean> {
  return Promise.race([...yes.map(event => event.then(() => true)), ...no.map(event => event.then(() => false))]);
}

function running(act: (run: Run) => Promise<boolean | undefined>, options: ClientOptions = {}): Measure {
  return create => Run.with(create, act, { options });
}

/** Whether, after a stream of this text, the first reconnect sends this id. */
function resumes(text: string, id: string | undefined): Measure {
  return running(async run => {
    await run.cut(0, text);
    // The first failure is the cut. Another one without a request between them is a request that could not be made.
    const stuck = run.failed().then(() => run.failed());
    return (await verdict([run.exchange(1)], [stuck, run.ended()])) && (await run.exchange(1)).lastEventId === id;
  });
}

/** Whether a stream of this text is one event of this data. */
function reads(text: string, data: string): Measure {
  return running(async run => {
    (await run.exchange(0)).open().send(`${text}data: end\n\n`);
    await run.event('end');
    return run.events.length === 2 && run.events[0] === data;
  });
}
