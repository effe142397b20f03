import type { ChatMessage } from '../chat-message.js';
import { byId } from './by-id.js';
import type { Entry } from './conversation.js';

const list = byId('list', HTMLOListElement);
const author = byId('author', HTMLInputElement);
const shown = new Map<string, HTMLLIElement>();

/** Shows the entries. Entries that are there already stay as they are: they don't move, and aren't read out again. */
export function showEntries(entries: readonly Entry[]): void {
  const keys = new Set(entries.map(({ key }) => key));
  for (const [key, item] of shown) {
    if (keys.has(key)) continue;
    item.remove();
    shown.delete(key);
  }
  let next = list.firstElementChild;
  for (const entry of entries) {
    const item = shown.get(entry.key) ?? makeItem(entry);
    shown.set(entry.key, item);
    if (item === next) next = item.nextElementSibling;
    else list.insertBefore(item, next);
  }
}

function makeItem(entry: Entry): HTMLLIElement {
  switch (entry.kind) {
    case 'message':
      return makeMessage(entry.message);
    case 'note':
      return makeNote(entry.tone, entry.text);
    case 'mark':
      return makeNote('mark', entry.text);
  }
}

function makeMessage({ id, author: name, message, at }: ChatMessage): HTMLLIElement {
  const time = element('time', '', new Date(at).toLocaleTimeString());
  time.dateTime = at;
  const meta = element('p', 'meta');
  meta.append(element('b', '', name), time, element('span', 'number', `#${id}`));

  const avatar = element('span', 'avatar', Array.from(name)[0]?.toUpperCase());
  avatar.ariaHidden = 'true';
  avatar.style.setProperty('--hue', String(hueOf(name)));

  const item = element('li', name === author.value ? 'message own' : 'message');
  item.append(avatar, meta, element('p', 'bubble', message));
  return item;
}

function makeNote(tone: string, text: string): HTMLLIElement {
  const item = element('li', 'note');
  item.dataset['kind'] = tone;
  item.append(element('span', '', text));
  return item;
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
