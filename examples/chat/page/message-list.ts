import type { ChatMessage } from '../chat-message.js';
import { byId } from './by-id.js';

const list = byId('list', HTMLOListElement);
const author = byId('author', HTMLInputElement);

/** Shows a message below the others. */
export function showMessage({ id, author: name, message, at }: ChatMessage): void {
  const time = element('time', '', new Date(at).toLocaleTimeString());
  time.dateTime = at;
  const meta = element('p', 'meta');
  meta.append(element('b', '', name), time, element('span', 'number', `#${id}`));

  const avatar = element('span', 'avatar', Array.from(name)[0]?.toUpperCase());
  avatar.ariaHidden = 'true';
  avatar.style.setProperty('--hue', String(hueOf(name)));

  const item = element('li', name === author.value ? 'message own' : 'message');
  item.append(avatar, meta, element('p', 'bubble', message));
  list.append(item);
}

/** Shows between the messages what became of the connection. */
export function showNote(kind: 'waiting' | 'open', text: string): void {
  const item = element('li', 'note', text);
  item.dataset['kind'] = kind;
  list.append(item);
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The same colour for the same name. */
const hueOf = (name: string) => Array.from(name).reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 360, 7);
