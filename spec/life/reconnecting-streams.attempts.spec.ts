import { describe, expect, it } from '@jest/globals';
import { EMPTY, of } from 'rxjs';
import type { Attempt } from '../../src/index.js';
import { ofKind } from '../support/observe.js';
import { ends, status, virtualStream } from '../support/virtual-stream.js';
import { exact, lost } from './exact-policy.js';

describe('count', () => {
  it('ends the stream with the last error when it is used up', async () => {
    const stream = virtualStream([status(500), lost(), status(503)], exact({ count: 2 }));
    expect(await stream.failed()).toMatchObject({ status: 503 });
    expect(stream.waits()).toEqual([3000, 6000]);
  });

  it('completes the stream as `exhausted` when a clean end uses it up', async () => {
    const stream = virtualStream([lost(), ends(), ends()], exact({ count: 2 }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'exhausted' });
    expect(stream.requests).toHaveLength(3);
  });

  it('starts again after an event', async () => {
    const answers = [lost(), lost(), ends('data: a\n\n'), lost(), status(500)];
    const stream = virtualStream(answers, exact({ count: 2 }));
    expect(await stream.failed()).toMatchObject({ status: 500 });
    expect(stream.values.filter(ofKind('connecting')).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 1, 2]);
    expect(stream.waits()).toEqual([3000, 6000, 3000, 6000]);
  });

  it('does not start again after only headers, a comment, an id or a `retry` [pitfall 10]', async () => {
    const answers = [ends(), ends(': alive\n\n'), ends('id: 1\n\n'), ends('retry: 3000\n\n'), status(500)];
    const stream = virtualStream(answers, exact({ count: 4 }));
    expect(await stream.failed()).toMatchObject({ status: 500 });
    expect(stream.values.filter(ofKind('connecting')).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4]);
  });

  it('allows one attempt if it is 0', async () => {
    expect(await virtualStream([status(500)], exact({ count: 0 })).failed()).toMatchObject({ status: 500 });
    expect((await virtualStream([ends()], exact({ count: 0 })).completed()).at(-1)).toMatchObject({ kind: 'closed' });
  });
});

describe('each attempt', () => {
  it('passes its failure count, last event ID and previous error to `headers`, `prepare` and `when`', async () => {
    const told: [string, Attempt][] = [];
    const tell = (name: string) => (attempt: Attempt) => void told.push([name, attempt]);
    const stream = virtualStream([ends('id: 7\ndata: a\n\n'), status(503)], {
      headers: tell('headers'),
      prepare: (request, attempt) => (tell('prepare')(attempt), request),
      ...exact({ when: (_error, attempt) => tell('when')(attempt) }),
    });
    await stream.completed();
    const error = expect.objectContaining({ status: 503 }) as unknown;
    expect(told).toEqual([
      ['headers', { count: 0, lastEventId: '' }],
      ['prepare', { count: 0, lastEventId: '' }],
      ['when', { count: 0, lastEventId: '' }],
      ['headers', { count: 1, lastEventId: '7' }],
      ['prepare', { count: 1, lastEventId: '7' }],
      ['when', { count: 1, lastEventId: '7' }],
      ['headers', { count: 2, lastEventId: '7', error }],
      ['prepare', { count: 2, lastEventId: '7', error }],
    ]);
  });

  it('reports where it resumed and how long the stream was away [pitfall 20]', async () => {
    const answers = [
      ends('id: 7\ndata: a\n\n'),
      status(503),
      lost(),
      ends('data: b\n\n'),
      ends('id:\ndata: c\n\n'),
      ends(),
    ];
    const stream = virtualStream(answers, exact());
    const values = await stream.completed();
    expect(values.filter(ofKind('open'))).toMatchObject([
      { resumedFrom: '', downtime: 0 },
      { resumedFrom: '7', downtime: 3000 + 6000 + 12_000 },
      { resumedFrom: '7', downtime: 3000 },
      { resumedFrom: '', downtime: 3000 },
    ]);
    expect(values.filter(ofKind('connecting'))).toMatchObject([
      { attempt: 0, lastEventId: '' },
      { attempt: 1, lastEventId: '7' },
      { attempt: 2, lastEventId: '7' },
      { attempt: 3, lastEventId: '7' },
      { attempt: 1, lastEventId: '7' },
      { attempt: 1, lastEventId: '' },
      { attempt: 2, lastEventId: '' },
    ]);
  });

  it('announces no time if the `delay` function returns an Observable', async () => {
    const stream = virtualStream([lost()], exact({ delay: () => of(0) }));
    await stream.completed();
    expect(stream.values.find(ofKind('waiting'))).toMatchObject({ delay: undefined, attempt: 1 });
  });

  it('is not made if the `delay` function returns an empty Observable: the stream stops', async () => {
    const stream = virtualStream([lost()], exact({ delay: () => EMPTY }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'stopped' });
    expect(stream.requests).toHaveLength(1);
  });
});
