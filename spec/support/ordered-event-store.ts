import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** Stores the sent messages in order. (The SDK's example sorts by time, and at random within a millisecond.) */
export class OrderedEventStore implements EventStore {
  private readonly events: { streamId: string; message: JSONRPCMessage }[] = [];

  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    return Promise.resolve(`${streamId}/${this.events.push({ streamId, message })}`);
  }

  getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return Promise.resolve(eventId.split('/')[0]);
  }

  async replayEventsAfter(
    eventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const [wanted = '', after] = eventId.split('/');
    for (const [index, { streamId, message }] of this.events.entries()) {
      if (streamId === wanted && index >= Number(after)) await send(`${streamId}/${index + 1}`, message);
    }
    return wanted;
  }
}
