import { spawn } from 'node:child_process';
import type { ServerSentEvent } from '../index.js';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * Runs a command in the shell, with `text` on its standard input and the event's type and id in its environment.
 * Rejects if the command fails. Its output goes to the output of this process.
 */
export async function runForEvent(
  command: string,
  { type, lastEventId }: ServerSentEvent,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const name = (lastEventId === '' ? type : lastEventId).slice(0, 100);
  const failed = (why: string) =>
    new CommandError(`The command failed with ${why} for the event ${name}: ${command}`, EXIT.commandFailed);
  try {
    const child = spawn(command, {
      shell: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, RX_SSE_TYPE: type, RX_SSE_ID: lastEventId },
      signal,
      killSignal: 'SIGTERM',
    });
    // A command that doesn't read its input closes it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    const [code, by] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (...ended) => resolve(ended));
    });
    if (code !== 0) throw failed(code === null ? String(by) : `code ${code}`);
  } catch (error) {
    // The environment can't contain NUL or very long values.
    throw error instanceof CommandError ? error : failed(`"${(error as Error).message}"`);
  }
}
