import { BehaviorSubject, concatMap, fromEvent, takeUntil } from 'rxjs';
import { openEventStream } from '../../chat/server/event-stream.js';
import type { Handler, Routes } from '../../chat/server/http.js';

/** How many streams of each kind are open on the server. */
export type StreamCounts = Readonly<Record<'chat' | 'presence', number>>;

/** Counts the open streams, and sends the numbers when they change. */
export class OpenStreams {
  private readonly counts = new BehaviorSubject<StreamCounts>({ chat: 0, presence: 0 });

  readonly routes = {
    '/trouble/streams': {
      GET: async (request, response) => {
        const session = await openEventStream(request, response, { retry: 100, heartbeat: 60_000 });
        this.counts
          .pipe(
            concatMap(counts => session?.batch(buffer => void buffer.event('streams').data(counts).dispatch()) ?? []),
            takeUntil(fromEvent(response, 'close')),
          )
          .subscribe();
      },
    },
  } satisfies Routes;

  /** Returns a handler that counts its streams. */
  around(kind: keyof StreamCounts, handler: Handler): Handler {
    return (request, response) => {
      this.add(kind, 1);
      response.once('close', () => this.add(kind, -1));
      return handler(request, response);
    };
  }

  private add(kind: keyof StreamCounts, change: number): void {
    this.counts.next({ ...this.counts.value, [kind]: this.counts.value[kind] + change });
  }
}
