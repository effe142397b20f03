import { COMMANDS } from './command-options.js';

const CODES = `Exit codes:
  0    done, or the stream has ended                 5    an event can't be read
  1    doctor found a problem or a warning           6    the command of --exec failed
  2    the command line is invalid                   7    a file can't be read or written
  3    the server rejected the request               130  interrupted (SIGINT)
  4    no connection                                 143  terminated (SIGTERM)`;

const EXAMPLES = `Examples:
  rx-sse https://example.com/news                      prints events as they arrive
  rx-sse --json URL | jq .data                         for other programs
  rx-sse --state news.position --exec ./handle URL     each event once, even across restarts
  rx-sse -d '{"ask":"why?"}' --until '[DONE]' URL      a streamed answer
  rx-sse doctor --origin https://app.example URL       why nothing arrives`;

/** Returns the text of `--help`. */
export function help(): string {
  const commands = Object.values(COMMANDS).map(({ usage, about, options }) => {
    const rows = Object.entries(options).map(([name, option]) => {
      const { short, value, help } = option as { short?: string; value?: string; help: string };
      return [
        `  ${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`,
        help,
      ] as const;
    });
    return [usage, `  ${about}`, '', ...rows.map(([left, help]) => `${left.padEnd(31)} ${help}`)].join('\n');
  });
  return `${[...commands, CODES, EXAMPLES].join('\n\n')}\n\nNO_COLOR turns colors off.\n`;
}
