import type { Colors } from 'picocolors/types.js';
import type { ChatStep } from './chat-stream.js';
import { numberOf } from './number-of.js';
import { reasonOf } from './reason-of.js';

/** Returns a line for the terminal, or `undefined` if the step isn't interesting. */
export function describeStep(step: ChatStep, color: Colors): string | undefined {
  switch (step.kind) {
    case 'connecting':
      return color.dim(`○ connecting${step.lastEventId && ` after #${numberOf(step.lastEventId)}`}`);
    case 'open': {
      const from = step.resumedFrom ? `, resumed after #${numberOf(step.resumedFrom)}` : ', from the start';
      const away = step.downtime ? `, away for ${Math.round(step.downtime)} ms` : '';
      const server = step.headers.get('x-served-by');
      return color.green(`● connected${server === null ? '' : ` to ${server}`}${from}${away}`);
    }
    case 'event': {
      const { id, at, author, message } = step.event.data;
      const time = color.dim(`${new Date(at).toTimeString().slice(0, 8)} #${id}`);
      return `${time} ${color.bold(color.cyan(printable(author)))} ${printable(message)}`;
    }
    case 'waiting':
      return color.yellow(`◌ ${reasonOf(step.error)}, next attempt in ${step.delay ?? '?'} ms`);
    case 'gap':
      return color.yellow(
        `▲ some messages may be missing: asked for those after #${numberOf(step.requested)}, but resumed after #${numberOf(step.resumed) || '?'}`,
      );
    case 'closed':
      return color.dim('○ closed');
    default:
      return undefined;
  }
}

/** Replaces control characters, because escape sequences in a message must not control the terminal. */
const printable = (text: string) => text.replace(/\p{Cc}+/gu, ' ');
