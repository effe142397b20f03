import { describe, expect, it } from '@jest/globals';
import { describeConnection } from '../../examples/chat/client/describe-connection.js';
import { ConnectionNotes } from '../../examples/chat/page/connection-notes.js';
import { type ConnectionState, IDLE_CONNECTION } from '../../src/index.js';

describe('ConnectionNotes', () => {
  const state = (status: ConnectionState['status'], more: Partial<ConnectionState> = {}): ConnectionState => ({
    ...IDLE_CONNECTION,
    status,
    ...more,
  });
  const failure = (name: string, status?: number) => ({ name, message: '', ...(status ? { status } : {}) });
  const take = (...states: ConnectionState[]) => {
    const notes = new ConnectionNotes();
    return states.map((state, second) => notes.take(state, second * 1000));
  };

  it('say when a connection was lost, why, and when it was restored', () => {
    expect(
      take(
        state('connecting'),
        state('open'),
        state('waiting', { error: failure('ConnectionError') }),
        state('connecting'),
        state('waiting', { error: failure('ConnectionError') }),
        state('connecting'),
        state('waiting', { error: failure('ResponseStatusError', 503) }),
        state('connecting'),
        state('open', { lastEventId: '7' }),
        state('waiting'),
      ),
    ).toEqual([
      undefined,
      undefined,
      { tone: 'waiting', text: 'the connection was lost' },
      undefined,
      undefined,
      undefined,
      { tone: 'waiting', text: 'the server answered 503' },
      undefined,
      { tone: 'healed', text: 'reconnected after 6.0 s, requested everything after #7' },
      { tone: 'waiting', text: 'the server ended the stream' },
    ]);
  });

  it('don’t treat a pause as a loss, and still treat a loss as one if a pause follows', () => {
    const silent = { error: failure('EventSourceTimeoutError') };
    expect(
      take(
        state('open'),
        state('paused'),
        state('connecting'),
        state('open'),
        state('waiting', silent),
        state('paused'),
        state('open'),
      ),
    ).toEqual([
      undefined,
      { tone: 'paused', text: 'paused' },
      undefined,
      { tone: 'resumed', text: 'reconnected after 2.0 s' },
      { tone: 'waiting', text: 'the server fell silent' },
      { tone: 'paused', text: 'paused' },
      { tone: 'healed', text: 'reconnected after 2.0 s' },
    ]);
  });

  it('don’t report a reconnect before the first connection', () => {
    expect(take(state('waiting', { error: failure('ConnectionError') }), state('connecting'), state('open'))).toEqual([
      { tone: 'waiting', text: 'the connection was lost' },
      undefined,
      undefined,
    ]);
  });

  it.each<[ConnectionState, string]>([
    [IDLE_CONNECTION, 'Connecting'],
    [state('connecting'), 'Connecting'],
    [state('open'), 'Connected'],
    [state('waiting', { error: failure('ResponseStatusError', 503) }), 'Waiting: the server answered 503'],
    [state('waiting'), 'Waiting: the server ended the stream'],
    [state('paused'), 'Paused. Messages sent meanwhile arrive when you resume.'],
    [state('closed'), 'Closed by the server'],
    [state('failed', { error: { name: 'Error', message: 'why' } }), 'Failed: why'],
    [state('failed', { error: failure('ConnectionError') }), 'Failed: the connection was lost'],
  ])('describeConnection describes %j', (state, text) => {
    expect(describeConnection(state)).toBe(text);
  });
});
