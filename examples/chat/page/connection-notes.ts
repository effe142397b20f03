import type { ConnectionState } from 'rx-sse';
import { numberOf } from '../client/number-of.js';
import { reasonOf } from '../client/reason-of.js';
import type { Note } from './conversation.js';

/** Says between the messages when the connection went, and when it came back. */
export class ConnectionNotes {
  /** When it went, in milliseconds; undefined while it is open, and before it ever was. */
  private leftAt: number | undefined;
  private wasOpen = false;
  private wasLost = false;
  private last = '';

  /** The note for a change of the connection at a time in milliseconds; undefined if it is not worth one. */
  take(state: ConnectionState, now: number): Note | undefined {
    if (state.status === 'open') return this.open(state, now);
    if (this.wasOpen) this.leftAt ??= now;
    if (state.status === 'waiting') {
      this.wasLost ||= this.wasOpen;
      return this.once({ tone: 'waiting', text: reasonOf(state.error) });
    }
    return state.status === 'paused' ? this.once({ tone: 'paused', text: 'paused' }) : undefined;
  }

  private open({ lastEventId }: ConnectionState, now: number): Note | undefined {
    const { leftAt, wasLost } = this;
    this.wasOpen = true;
    this.wasLost = false;
    this.leftAt = undefined;
    this.last = '';
    if (leftAt === undefined) return undefined;
    const away = `reconnected after ${((now - leftAt) / 1000).toFixed(1)} s`;
    // It says what was asked for. What the server makes of it, a gap says.
    return {
      tone: wasLost ? 'healed' : 'resumed',
      text: lastEventId ? `${away}, requested everything after #${numberOf(lastEventId)}` : away,
    };
  }

  /** An outage of many attempts with one reason is one note. */
  private once(note: Note): Note | undefined {
    if (note.text === this.last) return undefined;
    this.last = note.text;
    return note;
  }
}
