import type { IncomingMessage } from 'node:http';
import { LOBBY } from '../chat-message.js';
import { HttpError } from './http.js';

/** The room that a request is about: `?room=`. */
export function roomOf({ url = '' }: IncomingMessage): string {
  const room = new URLSearchParams(url.split('?')[1]).get('room') ?? LOBBY;
  // It becomes the name of a file, or a part of that of a key.
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(room)) {
    throw new HttpError(400, 'Expected ?room= to be 1 to 40 small letters, digits and hyphens');
  }
  return room;
}
