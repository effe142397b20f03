import { parseArgs } from 'node:util';
import { CommandError, EXIT } from './exit-codes.js';

/** An option of the command line. */
interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** The placeholder for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

const REQUEST = {
  header: { type: 'string', short: 'H', multiple: true, value: "'NAME: VALUE'", help: 'Send this header. Repeatable.' },
  request: { type: 'string', short: 'X', value: 'METHOD', help: 'The method: GET, or POST if there is a body.' },
  body: { type: 'string', short: 'd', value: 'BODY', help: 'Send a body: text, @FILE, or - for standard input.' },
  insecure: { type: 'boolean', short: 'k', help: "Accept certificates that can't be verified." },
} as const satisfies Record<string, OptionSpec>;

const FOR = { type: 'string', value: 'TIME', help: 'Stop after this time: 10, 1.5s, 500ms, 2m, 1h.' } as const;
const COUNT = { type: 'string', value: 'N', help: 'Stop after N events.' } as const;
const HELP = { type: 'boolean', short: 'h', help: 'Show this.' } as const;

/** The options of each command. The help is generated from them, so it's always complete. */
export const COMMANDS = {
  tail: {
    usage: 'rx-sse [options] URL',
    about: 'Prints the events of a stream. Reconnects, and resumes after the last event.',
    options: {
      ...REQUEST,
      'last-event-id': { type: 'string', value: 'ID', help: 'Start after this event.' },
      state: {
        type: 'string',
        value: 'FILE',
        help: 'Keep the position in a file, and start there: each event once, even across restarts.',
      },
      type: { type: 'string', multiple: true, value: 'TYPE', help: 'Only events of this type. Repeatable.' },
      json: { type: 'boolean', help: 'Print each event as a JSON object, one per line.' },
      data: { type: 'boolean', help: 'Print only the data.' },
      lifecycle: {
        type: 'boolean',
        help: 'Print everything that happens as JSON: attempts, waits, comments and events.',
      },
      until: {
        type: 'string',
        value: 'TYPE|TEXT',
        help: 'Stop at the first event with this type, or with this text in its data.',
      },
      exec: {
        type: 'string',
        value: 'CMD',
        help: 'Run a command for each event, one after the other, with the event on its standard input.',
      },
      count: COUNT,
      for: FOR,
      'max-retries': {
        type: 'string',
        value: 'N',
        help: 'Give up after N failed attempts in a row. Also reconnects a POST.',
      },
      'idle-timeout': { type: 'string', value: 'TIME', help: 'Reconnect after this much silence. 0 for never.' },
      'connect-timeout': { type: 'string', value: 'TIME', help: 'Cancel an attempt after this time.' },
      quiet: { type: 'boolean', short: 'q', help: 'No status line.' },
      help: HELP,
      version: { type: 'boolean', help: 'Show the version.' },
    },
  },
  doctor: {
    usage: 'rx-sse doctor [options] URL',
    about: 'Explains why nothing arrives: checks name, connection, response, proxies, ids, resuming and CORS.',
    options: {
      ...REQUEST,
      origin: { type: 'string', value: 'ORIGIN', help: 'Check CORS for a page of this origin: https://app.example' },
      for: { type: 'string', value: 'TIME', help: 'Watch the stream for this time. Default: 10s.' },
      json: { type: 'boolean', help: 'Print the report as JSON.' },
      help: HELP,
    },
  },
  record: {
    usage: 'rx-sse record [options] URL FILE',
    about: 'Writes a stream to a file, with its times. `rx-sse serve FILE` plays it.',
    options: { ...REQUEST, count: COUNT, for: FOR, help: HELP },
  },
  serve: {
    usage: 'rx-sse serve [options] FILE',
    about: 'Plays a recorded stream on each connection, after its Last-Event-ID if it sends one.',
    options: {
      port: { type: 'string', value: 'PORT', help: 'Default: any free port.' },
      host: { type: 'string', value: 'HOST', help: 'Default: 127.0.0.1.' },
      speed: { type: 'string', value: 'N', help: 'Play N times as fast. 0 sends everything at once. Default: 1.' },
      loop: { type: 'boolean', help: 'Start again at the end.' },
      'cut-every': { type: 'string', value: 'N', help: 'Cut each connection after N events.' },
      help: HELP,
    },
  },
} as const satisfies Record<string, { usage: string; about: string; options: Record<string, OptionSpec> }>;

export type CommandName = keyof typeof COMMANDS;
type ParsedValues<Options> = {
  readonly [Name in keyof Options]?: Options[Name] extends { type: 'boolean' }
    ? boolean
    : Options[Name] extends { multiple: true }
      ? string[]
      : string;
};
export type CommandValues<Name extends CommandName> = ParsedValues<(typeof COMMANDS)[Name]['options']>;

/** The parsed arguments. */
export interface CommandLine<Name extends CommandName> {
  readonly values: CommandValues<Name>;
  readonly positionals: readonly string[];
}

/** Parses the arguments of a command. It requires `count` arguments that aren't options. */
export function parseCommand<Name extends CommandName>(
  name: Name,
  args: readonly string[],
  count: number,
): CommandLine<Name> {
  const { options, usage } = COMMANDS[name];
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const line = { values: values as CommandValues<Name>, positionals };
    const { help, version } = values as { readonly help?: boolean; readonly version?: boolean };
    if (help !== true && version !== true && positionals.length !== count) {
      throw new Error(
        positionals.length < count ? 'An argument is missing' : `Unexpected argument '${positionals[count] ?? ''}'`,
      );
    }
    return line;
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n\nUsage: ${usage}\n       rx-sse --help`, EXIT.usage);
  }
}

/** Parses a time such as the one of `--for`. Returns milliseconds. */
export function parseTime(option: string, text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const time = Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'];
  if (number !== '' && time <= 2 ** 31 - 1) return time;
  throw new CommandError(
    `Expected a time for --${option}, such as 10, 1.5s, 500ms or 2m, but got '${text}'`,
    EXIT.usage,
  );
}

/** Parses a whole number from `min` to `max`. */
export function parseWhole(option: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  throw new CommandError(`Expected a whole number for --${option}, ${range}, but got '${text}'`, EXIT.usage);
}

/** Parses a URL. `localhost:8080/stream` means HTTP, as in curl. */
export function parseUrl(text: string): URL {
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(`Expected an http or https URL, but got '${text}'`, EXIT.usage);
  }
  if (url.username !== '' || url.password !== '') {
    throw new CommandError("Expected a URL without credentials: use -H 'Authorization: …'", EXIT.usage);
  }
  return url;
}
