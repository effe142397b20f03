/**
 * A server for tests, behind a function that replaces `fetch`.
 *
 * @module rx-sse/testing
 */

export type { FakeEvent } from './encode-event.js';
export type { FakeAnswer, FakeConnection, FakeConnectionState, FakeRequest } from './fake-connection.js';
export {
  type ExpectedConnection,
  type FakeEventSource,
  fakeEventSource,
  type FakeScript,
} from './fake-event-source.js';
export {
  type FakeTab,
  type FakeTabChannel,
  type FakeTabChannelClass,
  type FakeTabLocks,
  type FakeTabPage,
  type FakeTabPlatform,
  type FakeTabs,
  fakeTabs,
} from './fake-tabs.js';
