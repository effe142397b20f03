import { readFile } from 'node:fs/promises';
import { EventSourceError, ResponseStatusError } from '../index.js';
import { type CommandIo, hasColor } from './command-io.js';
import { type CommandName, COMMANDS, parseCommand, parseTime, parseUrl } from './command-options.js';
import { CommandError, EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';
import { withoutControls } from './format-step.js';

/** Runs the command with these arguments. Returns the exit code. */
export async function run(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof EventSourceError)) throw error;
    io.stderr.write(`rx-sse: ${withoutControls(reasonOf(error))}\n`);
    return exitCodeOf(error);
  }
}

async function dispatch(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  const [first = ''] = args;
  const name: CommandName = first !== 'tail' && first in COMMANDS ? (first as CommandName) : 'tail';
  const rest = name === 'tail' ? args : args.slice(1);
  if (args.length === 0 || args.includes('-h') || args.includes('--help')) {
    const { help } = await import('./help.js');
    (args.length === 0 ? io.stderr : io.stdout).write(help());
    return args.length === 0 ? EXIT.usage : EXIT.done;
  }
  switch (name) {
    case 'tail':
      return runTail(rest, io);
    case 'doctor':
      return runDoctor(rest, io);
    case 'record': {
      const { values, positionals } = parseCommand(name, rest, 2);
      const { record } = await import('./record.js');
      return record(parseUrl(positionals[0] ?? ''), positionals[1] ?? '', values, io);
    }
    case 'serve': {
      const { values, positionals } = parseCommand(name, rest, 1);
      const { serve } = await import('./serve.js');
      return serve(positionals[0] ?? '', values, io);
    }
  }
}

async function runTail(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  const { values, positionals } = parseCommand('tail', args, 1);
  if (values.version) {
    const about = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(about) as { readonly version: string };
    io.stdout.write(`${version}\n`);
    return EXIT.done;
  }
  const { tail } = await import('./tail.js');
  return tail(parseUrl(positionals[0] ?? ''), values, io);
}

async function runDoctor(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  const { values, positionals } = parseCommand('doctor', args, 1);
  const url = parseUrl(positionals[0] ?? '');
  const { origin, insecure = false } = values;
  const watch = parseTime('for', values.for ?? '10s');
  const { requestOf } = await import('./command-request.js');
  const { headers, method, body } = await requestOf(values, io);
  const [{ doctor }, { formatReport }] = await Promise.all([
    import('./doctor/doctor.js'),
    import('./doctor/format-report.js'),
  ]);
  const aborter = new AbortController();
  let code: ExitCode | undefined;
  const subscription = io.interrupted.subscribe(signal => {
    code = EXIT[signal];
    aborter.abort();
  });
  try {
    const asked = { url, headers, method, body: body ?? undefined, origin, watch, isInsecure: insecure };
    const report = await doctor(asked, aborter.signal);
    if (code !== undefined) return code;
    io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : formatReport(report, hasColor(io.stdout, io.env)));
    return report.isHealthy ? EXIT.done : EXIT.unhealthy;
  } finally {
    subscription.unsubscribe();
  }
}

/** Returns the reason for the user, with the first line of the response or the error of the network. */
function reasonOf(error: Error): string {
  // The error of a store is the `cause`.
  if (error.cause instanceof CommandError) return error.cause.message;
  if (error instanceof ResponseStatusError) {
    const [line = ''] = error.body.trim().split('\n');
    return `${error.message}${line === '' ? '' : `\n  ${line.slice(0, 200)}`}`;
  }
  let root: unknown = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  const { message, code } = Object(root) as Partial<Record<'message' | 'code', string>>;
  const network = message === '' ? code : message;
  return root === error || network === undefined ? error.message : `${error.message} (${network})`;
}
