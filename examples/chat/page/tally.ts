import { byId } from './by-id.js';
import type { Counts } from './conversation.js';

/** Shows how many messages arrived, were lost or doubled, and how often the connection healed. */
export function showTally(counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) {
    const field = byId(name, HTMLElement);
    field.textContent = String(count);
    field.classList.toggle('bad', count > 0 && (name === 'lost' || name === 'doubled'));
    field.classList.toggle('warn', count > 0 && name === 'missing');
  }
}
