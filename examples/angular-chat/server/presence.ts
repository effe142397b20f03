import type { IncomingMessage, ServerResponse } from 'node:http';
import { BehaviorSubject, concatMap, distinctUntilChanged, fromEvent, map, takeUntil } from 'rxjs';
import { openEventStream, type StreamTiming } from '../../chat/server/event-stream.js';
import type { PresenceSnapshot } from './api.js';

/** Who is gone for less than that, in milliseconds, has not left: another tab takes over, or the network has changed. */
const GRACE = 1000;

/** Who has the chat open: the names of those who have a presence stream, and a stream of them. */
export class Presence {
  /** A name for each open stream: a person with two windows is in it twice. */
  private readonly present = new BehaviorSubject<readonly string[]>([]);
  private readonly snapshots = this.present.pipe(
    map(names => [...new Set(names)].sort((a, b) => a.localeCompare(b))),
    distinctUntilChanged((before, now) => JSON.stringify(before) === JSON.stringify(now)),
    map((names): PresenceSnapshot => ({ names })),
  );

  constructor(private readonly timing: StreamTiming) {}

  /** Sends who is there at once, and again with each change. Whose stream it is, is there until it closes. */
  async stream(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = await openEventStream(request, response, this.timing);
    if (!session) return;
    this.present.next([...this.present.value, name]);
    const closed = fromEvent(response, 'close');
    this.snapshots
      .pipe(
        // Without an id: who comes back is sent all that there is to know.
        concatMap(snapshot => session.batch(buffer => void buffer.event('presence').data(snapshot).dispatch())),
        takeUntil(closed),
      )
      .subscribe();
    const leave = () => {
      const names = [...this.present.value];
      names.splice(names.indexOf(name), 1);
      this.present.next(names);
    };
    response.once('close', () => setTimeout(leave, GRACE).unref());
  }
}
