import { afterEach, describe, expect, it } from '@jest/globals';
import {
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  type GraphQLFieldConfig,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { firstValueFrom, ReplaySubject } from 'rxjs';
import {
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../src/index.js';
import { observe } from '../support/observe.js';
import { nameAndVersion, numberedDataUpTo, numberedEventsAfter, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';

interface Numbered {
  id: string;
  data: string;
}
interface NumberedArguments {
  after?: string;
  last?: number;
}

/** A schema of one subscription, `numbered`, whose source is given. */
function schemaOf(source: (args: NumberedArguments) => AsyncIterable<Numbered>): GraphQLSchema {
  const id = { type: new GraphQLNonNull(GraphQLID) };
  const data = { type: new GraphQLNonNull(GraphQLString) };
  const numbered: GraphQLFieldConfig<Numbered, unknown, NumberedArguments> = {
    type: new GraphQLObjectType({ name: 'Numbered', fields: { id, data } }),
    args: { after: { type: GraphQLID }, last: { type: GraphQLInt } },
    subscribe: (_, args) => source(args),
    resolve: event => event,
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({ name: 'Subscription', fields: { numbered } }),
  });
}

const NUMBERED = 'subscription ($after: ID, $last: Int) { numbered(after: $after, last: $last) { id data } }';
const bodyOf = (query: string, variables: NumberedArguments) => JSON.stringify({ query, variables });

/** An operation over POST, in the protocol's "distinct connections mode". The server wants no other `Accept` than the default. */
const operation = (query: string, variables: NumberedArguments = {}): EventSourceOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: bodyOf(query, variables),
});
const numberedOf = ({ data }: ServerSentEvent) => (JSON.parse(data) as { data: { numbered: Numbered } }).data.numbered;

describe('graphql-sse', () => {
  let server: SseServer;
  afterEach(() => server.close());

  const serve = async (source: (args: NumberedArguments) => AsyncIterable<Numbered>) => {
    const handler = createHandler({ schema: schemaOf(source) });
    server = await SseServer.start(({ request, response }) => {
      // It fails where a write does, since the client has gone: that is for whoever calls it.
      handler(request, response).catch(() => undefined);
    });
  };

  it('loses none and doubles none of 1000 results through cuts, the application asking for what comes after the last', async () => {
    await serve(({ after }) => numberedEventsAfter(after));
    // The protocol has no ids. So each attempt sends the operation with another variable.
    let after = '0';
    const { data, cuts } = await runThroughCuts({
      server: nameAndVersion('graphql-sse'),
      url: server.url,
      options: {
        ...operation(NUMBERED),
        prepare: ({ url, init }) => ({ url, init: { ...init, body: bodyOf(NUMBERED, { after }) } }),
      },
      bytes: [1, 1600],
      dataOf: event => {
        const { id, data } = numberedOf(event);
        after = id;
        return data;
      },
    });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
  });

  it('is heard out: a comment first, results as `next`, and `complete`, whose data is empty, at the end', async () => {
    await serve(({ last }) => numberedEventsAfter('0', last));
    const lifecycle = observe(fromEventSourceLifecycle(server.url, operation(NUMBERED, { last: 2 })));
    const next = (numbered: Numbered) => {
      const data = JSON.stringify({ data: { numbered } });
      return { kind: 'event', event: { type: 'next', data, lastEventId: '' } };
    };
    expect((await lifecycle.completed()).slice(2)).toEqual([
      { kind: 'comment', text: '' },
      next({ id: '1', data: '1' }),
      next({ id: '2', data: '\n Straße 2 𝄞\n' }),
      { kind: 'event', event: { type: 'complete', data: '', lastEventId: '' } },
      { kind: 'closed', reason: 'end' },
    ]);
    // What a POST started is not started again.
    expect(server.exchanges).toHaveLength(1);
  });

  it('sends an operation that is not valid as a result with errors, and refuses one that is none with a body to read', async () => {
    await serve(() => numberedEventsAfter('0'));
    const [invalid] = await observe(fromEventSource(server.url, operation('subscription { other }'))).completed();
    expect(invalid).toMatchObject({ type: 'next', data: expect.stringContaining('Cannot query field') as unknown });

    const error = await observe(fromEventSource(server.url, operation('subscription {'))).failed();
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 400, body: expect.stringContaining('Syntax Error') as unknown });
  });

  it('returns the iterator of its subscription when the stream is unsubscribed from', async () => {
    const returned = new ReplaySubject<string>(1);
    await serve(async function* () {
      try {
        yield* numberedEventsAfter('0', Infinity);
      } finally {
        returned.next('returned');
      }
    });
    const events = observe(fromEventSource(server.url, operation(NUMBERED)));
    await events.first(1);

    events.subscription.unsubscribe();
    expect(await firstValueFrom(returned)).toBe('returned');
    await server.idle();
  });
});
