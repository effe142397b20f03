import { html, newId } from './elements.js';
import type { NumberedServer, Trouble } from './numbered-server.js';

interface TroubleButton {
  readonly name: string;
  readonly label: string;
  readonly about: string;
  readonly press: (server: NumberedServer) => void;
  /** The trouble that is on while it is lit. */
  readonly trouble?: Trouble;
}

const BUTTONS: readonly TroubleButton[] = [
  { name: 'cut', label: 'Cut', about: 'Breaks the connection.', press: server => server.cut() },
  {
    name: 'refuse',
    label: '503',
    about: 'Answers 503 for 5 s, so the waits grow.',
    press: server => server.begin('refuse'),
    trouble: 'refuse',
  },
  {
    name: 'silence',
    label: 'Silence',
    about: 'Sends nothing. The idle timeout notices.',
    press: server => server.silence(),
  },
  {
    name: 'gap',
    label: 'Gap',
    about: 'Down for 3 s, and forgets all but the last event.',
    press: server => server.begin('gap'),
    trouble: 'gap',
  },
  {
    name: 'offline',
    label: 'Offline',
    about: 'No network until you press it again.',
    press: server => server.setOffline(!server.troubles.value.has('offline')),
    trouble: 'offline',
  },
  {
    name: 'trim',
    label: 'Trim history',
    about: 'Forgets. Harmless while connected, a gap otherwise.',
    press: server => server.trim(),
  },
  {
    name: 'slow',
    label: 'Slow',
    about: 'Takes 2.5 s to answer, for 10 s.',
    press: server => server.begin('slow'),
    trouble: 'slow',
  },
];

/** The buttons that break the server. One is lit as long as its trouble lasts; call `show` when that changes. */
export function troubleButtons(server: NumberedServer): {
  readonly element: HTMLElement;
  readonly show: (troubles: ReadonlySet<Trouble>) => void;
} {
  const made = BUTTONS.map(({ name, label, about, press, trouble }) => {
    const id = newId();
    const button = html('button', { type: 'button', 'data-trouble': name, 'aria-describedby': id }, label);
    button.addEventListener('click', () => press(server));
    return { trouble, button, item: html('li', {}, button, html('p', { id }, about)) };
  });
  return {
    element: html(
      'fieldset',
      { class: 'troubles' },
      html('legend', {}, 'Break the server'),
      html('ul', {}, ...made.map(({ item }) => item)),
    ),
    show: troubles => {
      for (const { trouble, button } of made) {
        const isOn = trouble !== undefined && troubles.has(trouble);
        button.classList.toggle('lit', isOn);
        // The others end by themselves: they are no switches.
        if (trouble === 'offline') button.setAttribute('aria-pressed', String(isOn));
      }
    },
  };
}
