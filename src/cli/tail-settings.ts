import type { EventSourceOptions, ServerSentEvent } from '../index.js';
import { type CommandValues, parseTime, parseWhole } from './command-options.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { Format } from './format-step.js';
import { StateFile } from './state-file.js';

/** The settings of `rx-sse URL`. */
export interface TailSettings {
  /** The options of the stream, without its request. */
  readonly stream: EventSourceOptions;
  /** The file that keeps the position. */
  readonly stateFile: StateFile | undefined;
  readonly format: Format;
  readonly isLifecycle: boolean;
  /** Milliseconds; `undefined` for no limit. */
  readonly time: number | undefined;
  readonly count: number;
  readonly exec: string | undefined;
  readonly isQuiet: boolean;
  /** Whether to print an event. */
  readonly isWanted: (event: ServerSentEvent) => boolean;
  /** Whether to stop after this event. */
  readonly isLast: (event: ServerSentEvent) => boolean;
}

/** Parses the options. Throws before anything connects if one is invalid. */
export function tailSettings(values: CommandValues<'tail'>): TailSettings {
  const { type: types, until, state, exec, lifecycle = false, quiet = false } = values;
  const formats = (['json', 'data', 'lifecycle'] as const).filter(name => values[name]);
  if (formats.length > 1) {
    throw new CommandError(`Expected only one of --${formats.join(' and --')}`, EXIT.usage);
  }
  const given = <T>(name: keyof CommandValues<'tail'>, parse: (option: string, text: string) => T): T | undefined => {
    const text = values[name];
    return typeof text === 'string' ? parse(name, text) : undefined;
  };
  const retries = given('max-retries', (option, text) => parseWhole(option, text, 0));
  const lastEventId = values['last-event-id'];
  if (lastEventId !== undefined && /[\0\r\n]/.test(lastEventId)) {
    throw new CommandError('Expected an id without line ends for --last-event-id', EXIT.usage);
  }
  const stateFile = state === undefined ? undefined : new StateFile(state, lastEventId ?? '');
  return {
    stream: {
      lastEventId,
      idleTimeout: given('idle-timeout', parseTime),
      connectTimeout: given('connect-timeout', parseTime),
      reconnect: retries === undefined ? undefined : retries === 0 ? false : { count: retries },
    },
    stateFile,
    format: values.json ? 'json' : values.data ? 'data' : 'stream',
    isLifecycle: lifecycle,
    time: given('for', parseTime),
    count: given('count', (option, text) => parseWhole(option, text, 1)) ?? Infinity,
    exec,
    isQuiet: quiet,
    isWanted: ({ type }) => types?.includes(type) ?? true,
    isLast: ({ type, data }) => until !== undefined && (type === until || data.includes(until)),
  };
}
