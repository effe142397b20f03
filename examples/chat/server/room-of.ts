import type { IncomingMessage } from 'node:http';
import { LOBBY } from '../chat-message.js';
import { HttpError } from './http.js';

/** Returns the room of a request: `?room=`. */
export function roomOf({ url = '' }: IncomingMessage): string {
  const room = new URLSearchParams(url.split('?')[1]).get('room') ?? LOBBY;
  // It's used as a file name and in Redis keys.
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(room)) {
    throw new HttpError(400, 'Expected ?room= to be 1 to 40 lowercase letters, digits and hyphens');
  }
  return room;
}
