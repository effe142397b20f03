import { clearLine, createInterface, cursorTo, moveCursor } from 'node:readline';
import {
  catchError,
  concatMap,
  EMPTY,
  filter,
  from,
  fromEvent,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  takeUntil,
  tap,
  using,
} from 'rxjs';
import type { LastEventIdStore } from 'rx-sse';
import picocolors from 'picocolors';
import { type ChatStep, chatStream } from './chat-stream.js';
import { describeStep } from './describe-step.js';
import { messageOf } from './message-of.js';
import { postMessage } from './post-message.js';

export interface ChatTerminalOptions {
  readonly origin: string;
  readonly author: string;
  /** Stores the position of the stream. */
  readonly position: LastEventIdStore;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Runs the chat in a terminal: prints everything, and sends what the user types. Emits the printed lines, and completes
 * when the user closes it. Unsubscribing closes it too.
 */
export function chatTerminal({ origin, author, position, input, output }: ChatTerminalOptions): Observable<ChatStep> {
  return using(
    () => new Prompt(input, output),
    resource => {
      const prompt = resource as Prompt;
      const steps = chatStream(origin, { lastEventId: position }).pipe(
        tap(step => prompt.print(describeStep(step, prompt.color))),
      );
      const sending = prompt.lines.pipe(
        concatMap(message =>
          from(postMessage(origin, { author, message })).pipe(
            catchError((error: unknown) => {
              prompt.print(prompt.color.red(`✗ ${messageOf(error)}`));
              return EMPTY;
            }),
          ),
        ),
        ignoreElements(),
      );
      return merge(steps, sending).pipe(takeUntil(prompt.closed));
    },
  );
}

/** Reads and prints lines. In a real terminal, the input line stays below the output. */
class Prompt {
  readonly color;
  readonly lines: Observable<string>;
  /** The user's Ctrl-C or Ctrl-D. After the end of piped input, messages are still shown. */
  readonly closed: Observable<unknown>;
  /** Whether the user types in the same terminal. */
  private readonly typing: boolean;
  private readonly readline;

  constructor(
    input: ChatTerminalOptions['input'],
    private readonly output: ChatTerminalOptions['output'],
  ) {
    this.color = picocolors.createColors(output.isTTY === true && picocolors.isColorSupported);
    this.typing = output.isTTY === true && input.isTTY === true;
    this.readline = createInterface(this.typing ? { input, output, prompt: '› ' } : { input });
    this.lines = fromEvent(this.readline, 'line').pipe(
      map(line => (line as string).trim()),
      tap(() => this.eraseTyped()),
      filter(line => line !== ''),
    );
    this.closed = this.typing ? fromEvent(this.readline, 'close') : NEVER;
  }

  print(line: string | undefined): void {
    if (line === undefined) return;
    if (this.typing) {
      cursorTo(this.output, 0);
      clearLine(this.output, 0);
    }
    this.output.write(`${line}\n`);
    if (this.typing) this.readline.prompt(true);
  }

  unsubscribe(): void {
    this.readline.close();
  }

  /** Erases the typed line, which comes back as a message. */
  private eraseTyped(): void {
    if (!this.typing) return;
    moveCursor(this.output, 0, -1);
    clearLine(this.output, 0);
    this.readline.prompt();
  }
}
