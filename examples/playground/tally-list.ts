import { html } from './elements.js';
import type { Counts } from './tally.js';

/** The counters. */
export interface Shown extends Counts {
  readonly sent: number;
}

const NAMES: readonly (readonly [keyof Shown, string])[] = [
  ['sent', 'Sent'],
  ['received', 'Received'],
  ['lost', 'Lost'],
  ['doubled', 'Doubled'],
  ['reconnects', 'Reconnects'],
  ['gaps', 'Gaps'],
];

/** The counters, and a function that shows it. */
export function tallyList(): { readonly element: HTMLElement; readonly show: (counts: Shown) => void } {
  const numbers = NAMES.map(([name, label]) => ({ name, label, number: html('dd', { 'data-count': name }, '0') }));
  const missing = html('dd', { class: 'note' });
  const element = html(
    'dl',
    { class: 'tally' },
    ...numbers.map(({ name, label, number }) =>
      html('div', {}, html('dt', {}, label), number, ...(name === 'gaps' ? [missing] : [])),
    ),
  );
  return {
    element,
    show: counts => {
      for (const { name, number } of numbers) number.textContent = String(counts[name]);
      missing.textContent = counts.gaps > 0 ? `${counts.missing} missing` : '';
    },
  };
}
