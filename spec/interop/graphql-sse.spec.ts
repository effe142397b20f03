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

/** Returns a schema with one subscription, `numbered`, from the given source. */
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

/** An operation over POST, in the protocol's "distinct connections mode". The server works with the default `Accept`. */
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
      // The handler rejects when a write fails because the client has disconnected. The caller must handle that.
      handler(request, response).catch(() => undefined);
    });
  };

  it('loses and duplicates none of 1000 results through cuts if each attempt requests those after the last one', async () => {
    await serve(({ after }) => numberedEventsAfter(after));
    // The protocol has no ids, so each attempt sends the operation with a different variable.
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

  it('sends a comment first, results as `next`, and at the end `complete` with empty data', async () => {
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
    // A POST isn't sent again after a clean end.
    expect(server.exchanges).toHaveLength(1);
  });

  it('sends an invalid operation’s errors as a result, and refuses an unparsable one with a readable body', async () => {
    await serve(() => numberedEventsAfter('0'));
    const [invalid] = await observe(fromEventSource(server.url, operation('subscription { other }'))).completed();
    expect(invalid).toMatchObject({ type: 'next', data: expect.stringContaining('Cannot query field') as unknown });

    const error = await observe(fromEventSource(server.url, operation('subscription {'))).failed();
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 400, body: expect.stringContaining('Syntax Error') as unknown });
  });

  it('calls `return` of the subscription’s iterator when the client unsubscribes', async () => {
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
