import type { IncomingMessage, ServerResponse } from 'node:http';
import { BehaviorSubject, concatMap, distinctUntilChanged, fromEvent, map, takeUntil } from 'rxjs';
import { openEventStream, type StreamTiming } from '../../chat/server/event-stream.js';
import type { PresenceSnapshot } from './api.js';

/**
 * A user who comes back within this time, in milliseconds, doesn't leave the list: another tab may have taken over, or
 * the network has changed.
 */
const GRACE = 1000;

/** The users who have the chat open, and the stream of their names. */
export class Presence {
  /** One name per open stream, so a user with two windows is in it twice. */
  private readonly present = new BehaviorSubject<readonly string[]>([]);
  private readonly snapshots = this.present.pipe(
    map(names => [...new Set(names)].sort((a, b) => a.localeCompare(b))),
    distinctUntilChanged((before, now) => JSON.stringify(before) === JSON.stringify(now)),
    map((names): PresenceSnapshot => ({ names })),
  );

  constructor(private readonly timing: StreamTiming) {}

  /** Sends the current list at once, and again with each change. The user of the stream is present until it closes. */
  async stream(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = await openEventStream(request, response, this.timing);
    if (!session) return;
    this.present.next([...this.present.value, name]);
    const closed = fromEvent(response, 'close');
    this.snapshots
      .pipe(
        // No id is needed: each connection receives the whole list.
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
